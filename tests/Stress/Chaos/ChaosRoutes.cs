using System.Globalization;

namespace ThrottleNet.Stress.Chaos;

/// <summary>Which message of a chaos run goes to which next hop, and whether it is spooled. A message's number decides.</summary>
/// <param name="Scripted">The number of <see cref="HopProcess"/>es.</param>
/// <param name="HasPostfix">Whether there is a <see cref="PostfixHop"/> after them.</param>
/// <param name="SpoolsAll">Whether all messages are spooled.</param>
internal sealed record ChaosRoutes(int Scripted, bool HasPostfix, bool SpoolsAll = false)
{
    // Postfix syncs each message to the disk twice, and would slow a run down if it got as many as the others.
    private const int OneInIsForPostfix = 16;
    private const int OneInIsSpooled = 4;

    /// <summary>The number of next hops.</summary>
    public int Hops => Scripted + (HasPostfix ? 1 : 0);

    /// <summary>The domains whose mail is spooled.</summary>
    public IEnumerable<string> SpooledDomains => Enumerable.Range(0, Hops).Select(hop => Domain(hop, isSpooled: true));

    /// <summary>All domains of a next hop.</summary>
    public static IEnumerable<string> DomainsOf(int hop) => [Domain(hop, isSpooled: false), Domain(hop, isSpooled: true)];

    /// <summary>The next hop of a message.</summary>
    public int HopOf(int number) => HasPostfix && number % OneInIsForPostfix == 5 ? Scripted : number % Scripted;

    /// <summary>The domain of a message's recipient.</summary>
    public string DomainOf(int number) => Domain(HopOf(number), IsSpooled(number));

    /// <summary>Whether the node answers 250 before it delivers the message.</summary>
    public bool IsSpooled(int number) => SpoolsAll || number / OneInIsForPostfix % OneInIsSpooled == 1;

    /// <summary>Whether a positive reply is the one to this message: the next hop's own, or the spool's.</summary>
    public bool IsReplyTo(int number, int attempt, string reply) =>
        IsSpooled(number) ? reply.StartsWith("250 2.0.0 queued as ", StringComparison.Ordinal)
        : HopOf(number) == Scripted ? reply.StartsWith("250 2.0.0 Ok: ", StringComparison.Ordinal) // then "queued as", or, after BDAT, "N bytes queued as"
        : reply == TaggedText.ReplyTo(number, attempt);

    private static string Domain(int hop, bool isSpooled) => string.Create(CultureInfo.InvariantCulture, $"{(isSpooled ? "spool" : "hop")}{hop}.test");
}
