import { describe, expect, it } from '@jest/globals';
import { phone, salesId, supportId, World, type Payload } from '../testing/inbound.spec-support.js';
import { only, outcomeOf } from '../testing/told.spec-support.js';

const marina: Payload = { person: { name: 'Marina', emails: ['marina@example.com'], phones: [phone(1)] } };

describe('matching', () => {
  it('e-mails match trimmed and without case', () => {
    const world = new World();
    const { contactId } = outcomeOf(world.receive(marina));
    const events = world.receive({ person: { emails: [' MARINA@Example.com '] } });
    expect(outcomeOf(events)).toMatchObject({ contactId, matchedBy: 'email', outcome: 'unchanged' });
  });

  it('a phone matches by its key, however it was written', () => {
    const world = new World();
    const { contactId } = outcomeOf(world.receive(marina));
    const events = world.receive({ person: { phones: [{ ...phone(1), raw: '551190000001' }] } });
    expect(outcomeOf(events)).toMatchObject({ contactId, matchedBy: 'phone', outcome: 'unchanged' });
  });

  it('open deals match first, then the most recently created', () => {
    const world = new World();
    const open = outcomeOf(world.receive({ ...marina, mode: 'create' })).dealId;
    const newest = outcomeOf(world.receive({ ...marina, mode: 'create', item: { status: 'WON' } })).dealId;
    expect(outcomeOf(world.receive({ ...marina, item: { value: '1' } })).dealId).toBe(open);
    world.receive({ ...marina, item: { status: 'LOST' } });
    expect(outcomeOf(world.receive({ ...marina, item: { value: '2' } })).dealId).toBe(newest);
  });

  it('of several open deals the most recently created matches', () => {
    const world = new World();
    world.receive({ ...marina, mode: 'create' });
    const newer = outcomeOf(world.receive({ ...marina, mode: 'create' })).dealId;
    expect(outcomeOf(world.receive(marina)).dealId).toBe(newer);
  });

  it('where an integration says that closed deals do not match, they don’t', () => {
    const world = new World();
    const closed = outcomeOf(world.receive({ ...marina, item: { status: 'WON' } })).dealId;
    const ignored = world.receive({ ...marina, mode: 'update', closedDealsMatch: false, item: { value: '1' } });
    expect(outcomeOf(ignored)).toMatchObject({ outcome: 'ignored', reason: 'no_match' });
    const created = world.receive({ ...marina, closedDealsMatch: false });
    expect(outcomeOf(created).outcome).toBe('created');
    expect(outcomeOf(created).dealId).not.toBe(closed);
  });

  describe('e-mail and phone point at different contacts', () => {
    const both: Payload = { person: { emails: ['marina@example.com'], phones: [phone(2)] } };
    function twoContacts(world: World, emailOrigin: string, phoneOrigin: string) {
      const byEmail = outcomeOf(world.receive({ originId: emailOrigin, person: { emails: ['marina@example.com'] } }));
      const byPhone = outcomeOf(world.receive({ originId: phoneOrigin, person: { phones: [phone(2)] } }));
      return { byEmail, byPhone };
    }

    it('the e-mail wins, and the conflict is said', () => {
      const world = new World();
      const { byEmail, byPhone } = twoContacts(world, salesId, salesId);
      const events = world.receive(both);
      expect(outcomeOf(events)).toMatchObject({
        ...{ contactId: byEmail.contactId, dealId: byEmail.dealId, matchedBy: 'email' },
        conflict: { taken: byEmail.contactId, other: byPhone.contactId },
      });
    });

    it('the phone’s contact is taken where only it has a deal in the origin', () => {
      const world = new World();
      const { byEmail, byPhone } = twoContacts(world, supportId, salesId);
      expect(outcomeOf(world.receive(both))).toMatchObject({
        ...{ contactId: byPhone.contactId, dealId: byPhone.dealId, matchedBy: 'phone', outcome: 'unchanged' },
        conflict: { taken: byPhone.contactId, other: byEmail.contactId },
      });
    });

    it('the e-mail wins where neither has a deal in the origin', () => {
      const world = new World();
      const { byEmail } = twoContacts(world, supportId, supportId);
      expect(outcomeOf(world.receive(both))).toMatchObject({ contactId: byEmail.contactId, outcome: 'created' });
    });

    it('what another contact owns is never moved', () => {
      const world = new World();
      const { byPhone } = twoContacts(world, salesId, salesId);
      const events = world.receive({ person: { ...both.person, name: 'Marina' } });
      expect(only(events, 'ContactUpdated').data.person.phones).toEqual([]);
      expect(outcomeOf(world.receive({ person: { phones: [phone(2)] } })).contactId).toBe(byPhone.contactId);
    });
  });

  it('a different e-mail and phone become the primary ones, and the old ones still match', () => {
    const world = new World();
    const { contactId } = outcomeOf(world.receive(marina));
    const events = world.receive({ person: { emails: ['nova@example.com'], phones: [phone(1)] } });
    expect(only(events, 'ContactUpdated').data.person.emails).toEqual(['nova@example.com', 'marina@example.com']);
    const phones = world.receive({ person: { emails: ['marina@example.com'], phones: [phone(3)] } });
    expect(only(phones, 'ContactUpdated').data.change.fields).toEqual(['emails', 'phones']);
    expect(only(phones, 'ContactUpdated').data.person.phones).toEqual([phone(3), phone(1)]);
    for (const emails of [['nova@example.com'], ['marina@example.com']]) {
      expect(outcomeOf(world.receive({ person: { emails } })).contactId).toBe(contactId);
    }
  });

  it('further e-mails of a payload are kept behind the known ones', () => {
    const world = new World();
    world.receive(marina);
    const events = world.receive({ person: { emails: ['marina@example.com', 'b@example.com'] } });
    expect(only(events, 'ContactUpdated').data.person.emails).toEqual(['marina@example.com', 'b@example.com']);
  });

  it('a phone without an area code is kept, matches nobody and never takes the place of one that can be dialled', () => {
    const world = new World();
    world.receive(marina);
    const local = { raw: '900000009', e164: null, matchKey: null };
    const events = world.receive({ person: { emails: ['marina@example.com'], phones: [local] } });
    expect(only(events, 'ContactUpdated').data.person.phones).toEqual([phone(1), local]);
    const other = world.receive({ person: { emails: ['outra@example.com'], phones: [local] } });
    expect(outcomeOf(other)).toMatchObject({ outcome: 'created', matchedBy: null, conflict: null });
  });
});
