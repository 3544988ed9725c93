using System.Text;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Relay.Authentication;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Relay.Authentication;

/// <summary>The relay with sender authentication, before a next hop that does not offer XCLIENT.</summary>
internal sealed class AuthenticationRig : IAsyncDisposable
{
    /// <summary>The name of the results; the first of Network:Names.</summary>
    public const string Id = "throttle-mx.test";

    public static readonly ClientFacts Client = RelayRig.Alice;

    private readonly TemporaryFolder _folder = new();

    /// <param name="mode">How messages are authenticated.</param>
    /// <param name="offers">The lines of the next hop's EHLO reply.</param>
    public AuthenticationRig(AuthenticationMode mode = AuthenticationMode.Results, params string[] offers)
    {
        var key = _folder.Write("arc.key", SignedTexts.PrivateKey);
        Relay = new RelayRig(
            withAuthentication: true,
            new RelayOptions { AllowPrivateDestinations = true, Authentication = mode, Arc = new() { Domain = "relay.test", Selector = "arc", Key = key } });
        Hop = new ScriptedHop { Offers = offers.Length > 0 ? offers : ["PIPELINING", "8BITMIME"] };
        Relay.Dns.With(SignedTexts.Key("relay.test", "arc"));
    }

    public RelayRig Relay { get; }

    public FakeDns Dns => Relay.Dns;

    public ScriptedHop Hop { get; }

    /// <summary>Sends a message; what the next hop has got of it, as Latin-1.</summary>
    /// <param name="text">As Latin-1.</param>
    /// <param name="client">Alice if null.</param>
    /// <param name="mail">MAIL FROM:&lt;alice@alice.test&gt; if null.</param>
    public async Task<string> SendAsync(string text, ClientFacts? client = null, MailCommand? mail = null) =>
        Got((await DeliverAsync(text, client, mail)).Reply);

    /// <summary>Sends a message; what became of it.</summary>
    public async Task<RelayResult> DeliverAsync(string text, ClientFacts? client = null, MailCommand? mail = null)
    {
        await using var transaction = Relay.Begin(Hop, mail, client);
        Assert.True((await transaction.AddRecipientsAsync(RelayRig.Recipients("bob@example.com"), default))[0].IsPositive);
        await using var content = Relay.Spool.Create();
        foreach (var piece in Encoding.Latin1.GetBytes(text).Chunk(MessageText.MaxPiece))
        {
            System.Buffers.BuffersExtensions.Write(content, piece);
            if (content.IsFull)
            {
                await content.SpillAsync();
            }
        }

        return await transaction.CommitAsync(new OutgoingMessage(RelayRig.Header, content), default);
    }

    /// <summary>The last message that the next hop has got.</summary>
    public string Got(SmtpReply reply)
    {
        Assert.Equal(250, reply.Code);
        return Encoding.Latin1.GetString(Hop.Messages.Last().Content);
    }

    /// <summary>The value of the first Authentication-Results field of a message, unfolded.</summary>
    public static string Results(string message)
    {
        var fields = new HeaderSection(Encoding.Latin1.GetBytes(message), isWhole: true).Fields;
        return fields.First(f => f.Name == "Authentication-Results").Value.Replace("\r\n\t", " ", StringComparison.Ordinal).Trim();
    }

    public async ValueTask DisposeAsync()
    {
        await Relay.DisposeAsync();
        await Hop.DisposeAsync();
        _folder.Dispose();
    }
}
