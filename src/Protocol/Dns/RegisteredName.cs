namespace ThrottleNet.Protocol.Dns;

/// <summary>Which name a domain was registered under, as a bound on what one registrant can fill with names of a zone of his.</summary>
public static class RegisteredName
{
    // Labels below which names are registered, as in example.co.uk.
    private static readonly HashSet<string> Registries = ["ac", "co", "com", "edu", "gob", "go", "gov", "ne", "net", "or", "org"];

    /// <summary>"example.com" for a.b.example.com, "example.co.uk" for a.example.co.uk. An estimate: it has no list of public suffixes.</summary>
    /// <param name="domain">Canonical.</param>
    public static string Of(string domain)
    {
        var labels = domain.Split('.');
        var length = labels.Length > 2 && Registries.Contains(labels[^2]) ? 3 : 2;
        return string.Join('.', labels.TakeLast(length));
    }
}
