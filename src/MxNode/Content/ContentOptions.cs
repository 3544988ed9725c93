namespace ThrottleNet.MxNode.Content;

/// <summary>Section <c>Content</c>: the filters that messages pass while the sender waits.</summary>
internal sealed record ContentOptions
{
    private const string TempFail = "tempfail";
    private const string Accept = "accept";

    /// <summary>Filters that speak the milter protocol, asked in this order: <c>inet:host:port</c> or <c>unix:/path</c>.</summary>
    public IReadOnlyList<string> Milters { get; init; } = [];

    /// <summary>How long a filter may be silent while its answer is awaited; a report of progress starts the wait anew.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What happens to mail while a filter does not answer: <c>tempfail</c> (451, the sender tries again) or <c>accept</c> (it passes unchecked).</summary>
    public string OnFailure { get; init; } = TempFail;

    /// <summary>Whether trusted hosts pass without the filters.</summary>
    public bool ExemptTrusted { get; init; }

    /// <summary>Connections with one filter at a time. Many filters run a thread for each, and Postfix opens 100 by default.</summary>
    public int MaxConnections { get; init; } = 100;

    public bool IsOn => Milters.Count > 0;

    public bool PassesUnchecked => OnFailure == Accept;

    public IEnumerable<string> Validate(string section)
    {
        foreach (var milter in Milters.Where(m => !FilterAddress.TryParse(m, out _)))
        {
            yield return $"{section}:{nameof(Milters)}: '{milter}' is not the address of a filter; write inet:host:port, such as inet:127.0.0.1:11332, or unix:/path";
        }

        if (Timeout < TimeSpan.FromSeconds(1) || Timeout > TimeSpan.FromMinutes(4))
        {
            yield return $"{section}:{nameof(Timeout)}: {Timeout} is out of range; clients give up later: set 00:00:01 to 00:04:00";
        }

        if (OnFailure is not (TempFail or Accept))
        {
            yield return $"{section}:{nameof(OnFailure)}: '{OnFailure}' is not known; set {TempFail} or {Accept}";
        }

        if (MaxConnections is < 1 or > 10_000)
        {
            yield return $"{section}:{nameof(MaxConnections)}: {MaxConnections} is out of range; set 1 to 10000";
        }
    }
}
