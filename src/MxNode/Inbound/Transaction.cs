using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Relay.Authentication;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>One mail transaction (RFC 5321, section 3.3): the envelope, and the delivery it goes to.</summary>
internal sealed class Transaction(MailCommand mail) : IAsyncDisposable
{
    public MailCommand Mail { get; } = mail;

    public List<Recipient> Recipients { get; } = [];

    public IEnumerable<Recipient> Taken => Recipients.Where(r => r.IsTaken);

    /// <summary>The next hops that all its recipients share; set by the first recipient that is passed on.</summary>
    public Destination? Destination { get; set; }

    /// <summary>How its mail is carried; set with <see cref="Destination"/>.</summary>
    public IDeliveryMethod? Method { get; set; }

    /// <summary>The check of its sender, which goes on while the client is held; null where there is none.</summary>
    public SenderCheck? Check { get; set; }

    /// <summary>Null until the first recipient is passed on.</summary>
    public IDelivery? Delivery { get; set; }

    /// <summary>Aborts the delivery. The next recipient may begin another one, to another destination.</summary>
    public async ValueTask ForgetDestinationAsync()
    {
        await DisposeAsync();
        Delivery = null;
        Destination = null;
        Method = null;
    }

    public ValueTask DisposeAsync() => Delivery?.DisposeAsync() ?? ValueTask.CompletedTask;
}
