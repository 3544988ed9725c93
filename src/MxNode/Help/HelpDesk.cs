using System.Net;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList;

namespace ThrottleNet.MxNode.Help;

/// <summary>
/// Decides what a visitor of the help page may read: the state of a host block, if the link has this node's proof for it, or if the visitor
/// comes from that block.
/// </summary>
internal sealed class HelpDesk(HelpKey key, Throttle.Throttle throttle, TrustBook trust)
{
    // Characters of an address and of an id with its proof.
    private const int MaxText = 64;

    // Mail servers put these behind a reply's text in their notices, and readers take them for a part of the link: Exim a colon, Exchange a brace.
    private const string Punctuation = ":.,;)>]}'\" ";

    /// <summary>The state that the visitor may read; null: none.</summary>
    /// <param name="visitor">The visitor's address.</param>
    /// <param name="address">The address in the link; empty: the visitor's own.</param>
    /// <param name="id">The id in the link, with its proof.</param>
    public HelpState? StateFor(IPAddress visitor, string address, string id)
    {
        if (address.Length > MaxText || id.Length > MaxText)
        {
            return null;
        }

        var asked = address.Length == 0 ? visitor.Unmapped() : NetworkText.TryParse(address, out var network, out _) && !address.Contains('/', StringComparison.Ordinal) ? network.BaseAddress.Unmapped() : null;
        if (asked is null)
        {
            return null;
        }

        var host = IpBlock.Of(asked);
        var proof = id.AsSpan(id.LastIndexOf('-') + 1).TrimEnd(Punctuation);
        return IpBlock.Of(visitor.Unmapped()) == host || key.IsProof(host, proof) ? Describe(asked, host) : null;
    }

    private HelpState Describe(IPAddress address, IpBlock host)
    {
        var report = throttle.Describe(host);
        return new HelpState(
            address.Equals(host.ToNetwork().BaseAddress) && host.IsIPv4 ? address.ToString() : host.ToString(),
            IsTrusted: trust.Find(address) is not null,
            PerHour: (int)Math.Round(report.Counts.PerHour),
            LimitPerHour: (int)Math.Round(report.Limits.Hard),
            PerDay: (int)Math.Round(report.Counts.PerDay),
            LimitPerDay: (int)Math.Round(report.Limits.Day),
            Minutes: report.Verdict.Action is VerdictAction.Defer or VerdictAction.Refuse ? Math.Max(1, (int)Math.Ceiling(report.Verdict.RetryAfter.TotalMinutes)) : 0,
            IsNewcomer: !report.Standing);
    }
}
