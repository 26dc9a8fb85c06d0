-- A slot's last event is found by hashes in place of some fifty bytes of text: the index is smaller, and
-- numbers are compared faster. All slots of an aggregate stay side by side. Two of them may have the same
-- hashes, so whoever looks compares the texts as well.
DROP INDEX events_slot;
CREATE INDEX events_slot ON events (hashtextextended(aggregate_id, 0), hashtextextended(slot, 0), sequence);
