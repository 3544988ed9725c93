using System.Buffers;
using System.Net;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Help;

/// <summary>
/// Decides what a visitor of the help page may read: the state of a host block, if the link has this node's proof for it, or if the visitor
/// comes from that block.
/// </summary>
internal sealed class HelpDesk(HelpKey key, NodeThrottle throttle, TrustBook trust)
{
    private static readonly SearchValues<char> AddressCharacters = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>The state that the visitor may read; null: none.</summary>
    /// <param name="visitor">The visitor's address.</param>
    /// <param name="address">The address in the link; empty: the visitor's own.</param>
    /// <param name="id">The id in the link, with its proof.</param>
    public HelpState? StateFor(IPAddress visitor, string address, string id)
    {
        if (AddressIn(address, visitor) is not { } asked)
        {
            return null;
        }

        var host = IpBlock.Of(asked);
        var proof = id.AsSpan(id.IndexOf('-', StringComparison.Ordinal) + 1);
        proof = proof[..Math.Min(proof.Length, HelpKey.ProofLength)];
        return IpBlock.Of(visitor.Unmapped()) == host || key.IsProof(host, proof) ? Describe(asked, host) : null;
    }

    // Mail servers write more behind a reply's text in their notices, and readers take it for a part of the link: Exim a colon, Exchange "]};{MSG=…".
    // So only the start of each value counts.
    private static IPAddress? AddressIn(string text, IPAddress visitor)
    {
        var end = text.AsSpan().IndexOfAnyExcept(AddressCharacters);
        var address = (end < 0 ? text : text[..end]).TrimEnd('.');
        return text.Length == 0 ? visitor.Unmapped() : IPAddress.TryParse(address, out var parsed) ? parsed.Unmapped() : null;
    }

    private HelpState Describe(IPAddress address, IpBlock host)
    {
        var report = throttle.Describe(host);
        var (hour, day) = throttle.CountedOf(host);
        var reported = (int)MathF.Round(report.Counts.Others);
        return new HelpState(
            address.Equals(host.ToNetwork().BaseAddress) && host.IsIPv4 ? address.ToString() : host.ToString(),
            IsTrusted: trust.Find(address) is not null,
            PerHour: Math.Max(hour, (int)MathF.Round(report.Counts.Own)) + reported,
            LimitPerHour: (int)Math.Round(report.Limits.Hard),
            AtOnce: (int)(report.Limits.Hard / Decay.FastPerHour),
            PerDay: Math.Max(day + reported, (int)MathF.Round(report.Counts.Slow)),
            LimitPerDay: (int)Math.Round(report.Limits.Day),
            Minutes: report.Verdict.Action is VerdictAction.Defer or VerdictAction.Refuse ? Math.Max(1, (int)Math.Ceiling(report.Verdict.RetryAfter.TotalMinutes)) : 0,
            IsNewcomer: !report.Standing);
    }
}
