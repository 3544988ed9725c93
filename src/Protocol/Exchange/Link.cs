using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.Protocol.Exchange;

/// <summary>The state of one link.</summary>
internal sealed class Link(LinkId id, int slot, Member member, bool outgoing, long now, PeerBudget budget)
{
    public LinkId Id { get; } = id;

    public int Slot { get; } = slot;

    /// <summary>Its bit in masks of links.</summary>
    public ulong Bit { get; } = 1ul << slot;

    public Member Member { get; } = member;

    /// <summary>Whether this node opened the link.</summary>
    public bool Outgoing { get; } = outgoing;

    public long Since { get; private set; } = now;

    /// <summary>Whether both ends have sent their hello.</summary>
    public bool Ready { get; set; }

    /// <summary>The address that this node called; empty if the other end called.</summary>
    public string Address { get; set; } = "";

    /// <summary>The address in the other end's hello; empty if it gave none.</summary>
    public string Told { get; set; } = "";

    /// <summary>The address to call for this node later; empty: none.</summary>
    public string ReachedAt => Told.Length > 0 ? Told : Address;

    public long LastReceived { get; set; } = now;

    public long LastSent { get; set; } = now;

    public int BadCredentials { get; set; }

    /// <summary>Announcements that leave with the next tick.</summary>
    public List<ulong> Announcements { get; } = [];

    public List<OriginId> Prunes { get; } = [];

    public LinkHold Hold { get; } = new();

    /// <summary>This node was suspended for so many milliseconds; the link's times do not count them.</summary>
    public void Pause(long gap) => (Since, LastReceived) = (Since + gap, LastReceived + gap);

    /// <inheritdoc cref="PeerBudget.TryReceive"/>
    public bool TryReceive(long now, int octets) => budget.TryReceive(now, octets);

    /// <inheritdoc cref="PeerBudget.TryAnswer"/>
    public bool TryAnswer(long now, double octets) => budget.TryAnswer(now, octets);
}
