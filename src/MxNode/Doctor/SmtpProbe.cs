using System.Net;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.TlsPolicy;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>Calls a mail server as a sender does: greeting, EHLO, STARTTLS with SNI, and a trial of one recipient without a message.</summary>
internal sealed class SmtpProbe(Live<RelayOptions> relay, TrustAnchors anchors, TimeProvider clock)
{
    /// <param name="host">The server's name; canonical.</param>
    /// <param name="endPoint">Where it is called.</param>
    /// <param name="hello">The argument of EHLO; null: this machine's address as a literal.</param>
    /// <param name="recipient">The recipient of the trial; null: none.</param>
    /// <param name="cancel">Ends the call; what it showed until then is lost.</param>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async Task<ProbeReport> CallAsync(string host, IPEndPoint endPoint, string? hello, Mailbox? recipient, CancellationToken cancel)
    {
        var report = await CallOnceAsync(host, endPoint, hello, recipient, tryTls: true, cancel);

        // A sender whose handshake failed sends in plaintext, unless a policy demands TLS.
        return report.TlsFault is { } fault
            ? await CallOnceAsync(host, endPoint, hello, recipient, tryTls: false, cancel) with { TlsFault = fault }
            : report;
    }

    private async Task<ProbeReport> CallOnceAsync(string host, IPEndPoint endPoint, string? hello, Mailbox? recipient, bool tryTls, CancellationToken cancel)
    {
        var report = new ProbeReport(host, endPoint);
        try
        {
            await using var link = await ProbeLink.OpenAsync(endPoint, relay.Current.SourceFor(endPoint.Address), relay.Current.ConnectTimeout, relay.Current.HelloTimeout, clock, cancel);
            report = report with { Local = link.Local };
            if (await link.ReadAsync(cancel) is { IsPositive: false } greeting)
            {
                return report with { Fault = $"greets with {greeting}" };
            }

            hello ??= AddressLiteral.Of(link.Local);
            report = await HelloAsync(report, link, hello, cancel);
            if (tryTls && report is { Fault: null, OffersTls: true })
            {
                report = await StartTlsAsync(report, link, hello, cancel);
            }

            if (report is { Fault: null, TlsFault: null })
            {
                report = recipient is null ? report : report with { Recipient = await TryRecipientAsync(link, recipient, cancel) };
                await link.CommandAsync("QUIT", cancel);
            }

            return report;
        }
        catch (ProbeException e)
        {
            return report.Capabilities is not null && (recipient is null || report.Recipient is not null) ? report : report with { Fault = e.Message };
        }
    }

    private static async Task<ProbeReport> HelloAsync(ProbeReport report, ProbeLink link, string hello, CancellationToken cancel)
    {
        var reply = await link.CommandAsync($"EHLO {hello}", cancel);
        if (reply.IsPositive)
        {
            var capabilities = EhloCapabilities.Parse(reply);
            return report with { Capabilities = capabilities, OffersTls = report.OffersTls || capabilities.StartTls };
        }

        return await link.CommandAsync($"HELO {hello}", cancel) is { IsPositive: false } refusal
            ? report with { Fault = $"answers HELO with {refusal}" }
            : report with { Capabilities = EhloCapabilities.None };
    }

    private async Task<ProbeReport> StartTlsAsync(ProbeReport report, ProbeLink link, string hello, CancellationToken cancel)
    {
        if (await link.CommandAsync("STARTTLS", cancel) is { IsPositive: false } refusal)
        {
            return report with { TlsFault = $"answers STARTTLS with {refusal}" };
        }

        try
        {
            return await HelloAsync(report with { Tls = await link.StartTlsAsync(report.Host, anchors.CreatePolicy(), cancel) }, link, hello, cancel);
        }
        catch (ProbeException e)
        {
            return report with { TlsFault = e.Message };
        }
    }

    private static async Task<SmtpReply> TryRecipientAsync(ProbeLink link, Mailbox recipient, CancellationToken cancel)
    {
        var mail = await link.CommandAsync("MAIL FROM:<>", cancel);
        return mail.IsPositive ? await link.CommandAsync($"RCPT TO:<{recipient}>", cancel) : mail;
    }
}
