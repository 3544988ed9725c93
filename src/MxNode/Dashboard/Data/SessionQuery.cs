using ThrottleNet.Counting.Blocks;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Dashboard.Data;

/// <summary>Which of the recent sessions a visitor wants to see. Public, because parameters of Razor components are.</summary>
public sealed class SessionQuery
{
    private readonly IpBlock? _block;
    private readonly string _domain;
    private readonly string _verdict;

    /// <param name="block">An address, or a network that is counted as one block; empty for all.</param>
    /// <param name="domain">A part of the domain's name; empty for all.</param>
    /// <param name="verdict">A value of <see cref="RecentSession.Fate"/>; empty for all.</param>
    public SessionQuery(string block, string domain, string verdict)
    {
        (_domain, _verdict) = (domain, verdict);
        if (block.Length > 0)
        {
            _block = CountedBlock.TryParse(block, out var counted, out var error) ? counted.Block : null;
            Error = error;
        }
    }

    /// <summary>What is wrong with the block that was asked for; null for nothing.</summary>
    public string? Error { get; }

    /// <summary>Whether all sessions are wanted.</summary>
    public bool IsEverything => _block is null && Error is null && _domain.Length == 0 && _verdict.Length == 0;

    internal IEnumerable<RecentSession> Filter(IEnumerable<RecentSession> sessions) => Error is not null ? [] : sessions.Where(session =>
        (_block is not { } block || session.Block == block || session.Block.Site == block || session.Block.Region == block)
        && (_domain.Length == 0 || session.Domain.Contains(_domain, StringComparison.OrdinalIgnoreCase))
        && (_verdict.Length == 0 || session.Fate == _verdict));
}
