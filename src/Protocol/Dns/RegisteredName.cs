namespace ThrottleNet.Protocol.Dns;

/// <summary>Which name a domain was registered under, as a bound on what one registrant can fill with names of a zone of his.</summary>
public static class RegisteredName
{
    // Labels below which names are registered, as in example.co.uk.
    private static readonly HashSet<string> Registries = ["ac", "co", "com", "edu", "gob", "go", "gov", "ne", "net", "or", "org"];

    // Labels of the reverse name of an IPv4 /16 and of an IPv6 /32: what a provider gets, and delegates in parts.
    private const int ReverseIPv4 = 4;
    private const int ReverseIPv6 = 10;

    /// <summary>
    /// "example.com" for a.b.example.com, "example.co.uk" for a.example.co.uk; for a reverse name that of the /16 or /32. An estimate: it has no list of
    /// public suffixes.
    /// </summary>
    /// <param name="domain">Canonical.</param>
    public static string Of(string domain)
    {
        var labels = domain.Split('.');
        var length = labels is [.., "in-addr", "arpa"] ? ReverseIPv4 : labels is [.., "ip6", "arpa"] ? ReverseIPv6
            : labels.Length > 2 && Registries.Contains(labels[^2]) ? 3 : 2;
        return string.Join('.', labels.TakeLast(length));
    }
}
