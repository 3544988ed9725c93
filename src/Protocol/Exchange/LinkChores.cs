namespace ThrottleNet.Protocol.Exchange;

/// <summary>Ends links that are silent, late with their hello or no longer certified, and acknowledges on quiet ones.</summary>
internal sealed class LinkChores(ExchangeContext context, LinkCloser closer, Publisher publisher)
{
    private const int HelloPatience = 5000;
    private const int AckInterval = 1000;

    /// <summary>Called once a second.</summary>
    public void Tick()
    {
        foreach (var link in context.Links.All.ToList())
        {
            if (!link.Ready && context.Now - link.Since > HelloPatience)
                closer.Drop(link, GoodbyeReason.Malformed);
            else if (context.TimeOfDay >= link.Member.ValidUntil)
                closer.Drop(link, GoodbyeReason.Certificate, "its certificate has expired");
            else if (context.Now - link.LastReceived > context.Settings.DeadAfter)
                closer.Drop(link, GoodbyeReason.Silent);
            else if (link.Ready && context.Now - link.LastSent >= AckInterval)
                publisher.SendAck(link);
        }
    }
}
