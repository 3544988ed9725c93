using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Spool;

/// <summary>What an attempt came to for one recipient.</summary>
/// <param name="Place">Its place in the envelope.</param>
/// <param name="Reply">Positive: delivered; transient: to be tried again; permanent: failed.</param>
/// <param name="NextHop">Who said so; empty if no next hop answered.</param>
internal sealed record RecipientResult(int Place, SmtpReply Reply, string NextHop)
{
    /// <summary>The next hop reports on the delivery itself.</summary>
    public bool NextHopReports { get; init; }
}
