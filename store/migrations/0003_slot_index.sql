-- A slot's last event is found by eight bytes of hash in place of some fifty of text: half the index, and
-- numbers are compared faster. Two slots may have one hash, so whoever looks compares the texts as well.
DROP INDEX events_slot;
CREATE INDEX events_slot ON events (hashtextextended(slot, hashtextextended(aggregate_id, 0)), sequence);
