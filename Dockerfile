# The service's image: built on Debian 13, run as nobody in particular, configured by its environment alone.
#   docker build -t usermeta .
#   docker build --build-arg UNIT_TESTS=1 .     also runs the unit tests, and fails when one does
# It brings no PostgreSQL: USERMETA_DATABASE_URL names one (docker-compose.yml brings it).

FROM debian:trixie-slim AS build
WORKDIR /src
# Alone, so that a change in the sources does not install everything again.
COPY script/install script/
RUN script/install && rm -rf /var/lib/apt/lists/*
COPY . .
RUN script/build && strip -o usermeta build/usermeta
# The packages that hold the libraries which the binary wants.
RUN ldd usermeta | awk '/=> \// { print $3 }' | xargs -n 1 realpath | \
    xargs dpkg-query --search | cut -d : -f 1 | sort -u > runtime-packages
ARG UNIT_TESTS=
RUN if [ -n "$UNIT_TESTS" ]; then script/test --unit; fi

FROM debian:trixie-slim
COPY --from=build /src/runtime-packages /tmp/
RUN apt-get update && xargs apt-get install -y --no-install-recommends ca-certificates < /tmp/runtime-packages && \
    apt-get clean && rm -rf /var/lib/apt/lists/* /tmp/runtime-packages
COPY --from=build /src/usermeta /usr/local/bin/
RUN useradd --uid 10001 --user-group --no-create-home usermeta && \
    install -d -o usermeta -g usermeta -m 0700 /var/lib/usermeta
USER usermeta
ENV USERMETA_LISTEN=0.0.0.0:8080 USERMETA_DATA=/var/lib/usermeta
VOLUME /var/lib/usermeta
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=12s --start-period=60s CMD ["usermeta", "healthcheck"]
ENTRYPOINT ["usermeta"]
CMD ["serve"]
