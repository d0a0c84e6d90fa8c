// Addresses that an enforcing call states (CTX-16): AWS sets `aws:SourceIp` and `aws:VpcSourceIp` itself, here a caller does, and a
// Deny with NotIpAddress would not fire on what is no address (IP-6).
import { ImageHeader, KeyView } from "../format/views";
import { Address, Binding } from "../format/work-views";
import { parseAddress } from "./address";
import { slotState } from "./context";
import { isPresent, nextValue } from "./slots";

/**
 * Whether every value of these keys is an address, where some policy of the image reads the key. If not, the binding holds the
 * first that is none.
 */
export function sourceAddressesHold(b: Binding): bool {
  if (b.addressDoubt == 0) return true; // no entry was read that may have another value
  const header = changetype<ImageHeader>(usize(b.image));
  return addressesHold(b, header.sourceIpKeyAt) && addressesHold(b, header.vpcSourceIpKeyAt);
}

function addressesHold(b: Binding, keyAt: u32): bool {
  if (keyAt == 0) return true;
  // The values are the same under every spelling.
  const state = slotState(
    b,
    load<u32>(changetype<usize>(changetype<KeyView>(usize(b.image) + keyAt)) + offsetof<KeyView>()),
  );
  if (!isPresent(b, state)) return true;
  if (state.entryAt == 0) return isAddress(b, state.firstAt, state.firstLength);
  let value: u64 = nextValue(state.entryAt, state.entryEnd, 0);
  while (value != 0) {
    if (!isAddress(b, usize(value >> 32), u32(value))) return false;
    value = nextValue(state.entryAt, state.entryEnd, usize(value >> 32) + u32(value));
  }
  return true;
}

function isAddress(b: Binding, at: usize, length: u32): bool {
  if (parseAddress(at, length, changetype<Address>(usize(b.instantAt)))) return true;
  b.refusedAt = u32(at);
  b.refusedLength = length;
  return false;
}
