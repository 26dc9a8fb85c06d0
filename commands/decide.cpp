#include "commands/decide.hpp"

namespace usermeta {
namespace {

struct Decide {
  const AggregateCache& aggregates;
  const Context& context;

  const Membership& org(const std::string& id) const {
    return aggregates.membership({AggregateType::org, id});
  }
  const Membership& instance() const { return aggregates.membership({AggregateType::instance, kInstanceId}); }

  Decision operator()(const AddOrg& c) const { return decide(c, org(c.org_id), context); }
  Decision operator()(const AddOrgMember& c) const {
    return decide(c, org(context.org), aggregates.user(c.user_id), context);
  }
  Decision operator()(const RemoveOrgMember& c) const { return decide(c, org(context.org), context); }
  Decision operator()(const AddInstanceMember& c) const {
    return decide(c, instance(), aggregates.user(c.user_id), context);
  }
  Decision operator()(const RemoveInstanceMember& c) const { return decide(c, instance(), context); }
  Decision operator()(const SetUpInstance& c) const { return decide(c, instance()); }
  template <class OfOneUser>
  Decision operator()(const OfOneUser& c) const {
    return decide(c, aggregates.user(c.user_id), context);
  }
};

}  // namespace

Decision decide(const CommandRequest& request, const AggregateCache& aggregates, Time now,
                const std::vector<Name>& taken) {
  const Context context{request.org, request.allowed, now, taken};
  return std::visit(Decide{aggregates, context}, request.command);
}

}  // namespace usermeta
