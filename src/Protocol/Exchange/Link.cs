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

    /// <summary>host:port that this node connected to; empty: the other end connected.</summary>
    public string Address { get; set; } = "";

    /// <summary>host:port that the other end reports for itself; empty: none.</summary>
    public string ReportedAddress { get; set; } = "";

    /// <summary>The best known address of the other end; empty: none.</summary>
    public string ReachedAt => ReportedAddress.Length > 0 ? ReportedAddress : Address;

    public long LastReceived { get; set; } = now;

    public long LastSent { get; set; } = now;

    public int BadCredentials { get; set; }

    /// <summary>Announcements that leave with the next tick.</summary>
    public List<ulong> Announcements { get; } = [];

    public List<OriginId> Prunes { get; } = [];

    public LinkHold Hold { get; } = new();

    /// <summary>The last acknowledgement that was sent; null before the first.</summary>
    public AckFrame? LastAck { get; set; }

    /// <summary>This process was stopped for so many milliseconds; they do not count as silence of the neighbour.</summary>
    public void Pause(long gap) => (Since, LastReceived) = (Since + gap, LastReceived + gap);

    /// <inheritdoc cref="PeerBudget.TryReceive"/>
    public bool TryReceive(long now, int octets) => budget.TryReceive(now, octets);

    /// <inheritdoc cref="PeerBudget.TryAnswer"/>
    public bool TryAnswer(long now, double octets) => budget.TryAnswer(now, octets);
}
