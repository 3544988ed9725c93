namespace ThrottleNet.MxNode.Inbound;

/// <summary>Makes the parts of a session, each with what it needs.</summary>
internal sealed class SessionFactory(InboundContext context, Greeter greeter, MailRoutes routes, RateReplies rateReplies, IEnumerable<HookFactory> hooks)
{
    private readonly HookFactory[] _hooks = [.. hooks];

    /// <summary>The replies to a client over a limit.</summary>
    public RateReplies RateReplies => rateReplies;

    public SmtpSession Create(SmtpWire wire, Session session)
    {
        var chain = new HookChain(session, _hooks, context.Log);
        var mail = new MailTransactions(wire, session, context, chain, routes);
        return new SmtpSession(wire, session, context, greeter, chain, mail);
    }
}
