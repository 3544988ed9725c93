using System.Buffers;
using System.Text;
using ThrottleNet.Protocol.Authentication;
using ThrottleNet.Protocol.Smtp;
using ThrottleNet.Protocol.Spf;

namespace ThrottleNet.MxNode.Relay.Authentication;

/// <summary>
/// Checks the sender of one transaction for a next hop that does not learn the client's address: SPF while the client is held, DKIM and ARC when
/// the text is complete. The results go before the message as header fields; the octets of the message stay as they are, except that fields
/// which claim to be this network's results are removed. They are removed for each next hop. A trusted client is not checked. For one caller at a time.
/// </summary>
internal sealed class SenderCheck(SenderAuthentication node, ClientFacts client, MailCommand mail)
{
    /// <summary>How long a message may wait for its results. What is not known by then is temperror.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>How much of that the DNS has for SPF and the keys. The rest is for waiting for a place.</summary>
    public static readonly TimeSpan DnsPatience = TimeSpan.FromSeconds(1.5);

    // Octets of a message that takes no place: the processor is busy with few of them at a time.
    private const int SmallMost = 256 * 1024;

    // Octets of a message that is verified and sealed; a longer one is temperror. All of it is in memory for that time.
    private const int WholeMost = 10 * 1024 * 1024;

    // Fields of a message that is verified and sealed.
    private const int MaxFields = 1000;

    // Look-ups of keys for the signatures of one message.
    private const int MaxDkimKeys = DkimCheck.MaxSignatures;
    private const int MaxArcKeys = 12;

    private static readonly SmtpReply HeaderTooLong = new(554, "5.6.0", $"the header section is longer than {MessageDraft.MaxHeaderOctets} octets");

    private Task<SpfResult>? _spf;

    /// <summary>Begins SPF, if it has not begun.</summary>
    public void Start()
    {
        if (!client.IsTrusted)
        {
            _spf ??= SpfMethod.RunAsync(client, mail.ReversePath, node.Dns, node.Clock);
        }
    }

    /// <summary>Begins SPF as soon as a recipient's destination is found, unless that learns the client's address. Throws nothing.</summary>
    public Task StartForAsync(Task<DestinationAnswer> found) => client.IsTrusted ? Task.CompletedTask : StartWhenFoundAsync(found);

    /// <inheritdoc cref="SenderAuthentication.NoteSession"/>
    public void NoteSession(Destination destination, bool knowsClient) => node.NoteSession(destination, knowsClient);

    /// <summary>Checks a complete message.</summary>
    /// <param name="message">As it would go to any next hop. Its first field is this node's Received field.</param>
    /// <param name="cancel">The client is gone.</param>
    /// <exception cref="IOException">The file that holds the text cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public ValueTask<CheckedMessage> CheckAsync(OutgoingMessage message, CancellationToken cancel) =>
        client.IsTrusted ? RemoveForgedAsync(message, cancel) : CheckUntrustedAsync(message, cancel);

    /// <summary>Removes results that claim to be this network's from a complete message, and checks nothing.</summary>
    /// <inheritdoc cref="CheckAsync"/>
    public async ValueTask<CheckedMessage> RemoveForgedAsync(OutgoingMessage message, CancellationToken cancel)
    {
        if (await HeaderReader.HasNoResultsAsync(message, cancel))
        {
            return new CheckedMessage(message);
        }

        var header = await HeaderReader.ReadAsync(message, cancel);
        return header.IsCut ? new CheckedMessage(message) { Refusal = HeaderTooLong } : new CheckedMessage(Assemble([], header, message));
    }

    private async Task StartWhenFoundAsync(Task<DestinationAnswer> found)
    {
        await ((Task)found).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (found is { IsCompletedSuccessfully: true, Result.Destination: { } destination } && !node.KnowsClients(destination))
        {
            Start();
        }
    }

    private async ValueTask<CheckedMessage> CheckUntrustedAsync(OutgoingMessage message, CancellationToken cancel)
    {
        Start();
        var header = await HeaderReader.ReadAsync(message, cancel);
        if (header.IsCut)
        {
            return new CheckedMessage(message) { Refusal = HeaderTooLong };
        }

        var started = node.Clock.GetTimestamp();
        using var limit = new CancellationTokenSource(Patience, node.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        var (results, seal) = await FindAsync(message, header, either.Token);
        cancel.ThrowIfCancellationRequested();
        node.Metrics.Checked(results, node.Clock.GetElapsedTime(started));
        var field = $"{ResultsField.Name}: {ResultsField.Format(node.Settings.AuthservId, results)}\r\n";
        return new CheckedMessage(Assemble([.. seal, .. Encoding.ASCII.GetBytes(field)], header, message)) { Verdict = AuthenticationVerdict.Of(results) };
    }

    private OutgoingMessage Assemble(byte[] fields, HeaderSection header, OutgoingMessage message)
    {
        var own = node.Settings.OwnNames;
        var removed = header.Remove(f => f.Name.Equals(ResultsField.Name, StringComparison.OrdinalIgnoreCase) && AuthservId.Claims(f.Value, own));
        node.Metrics.Removed(removed);
        if (removed == 0)
        {
            return fields.Length == 0 ? message : message with { Head = (byte[])[.. fields, .. message.Head.Span] };
        }

        var head = new ArrayBufferWriter<byte>(fields.Length + header.Length);
        head.Write(fields);
        header.WriteTo(head);
        return message with { Head = head.WrittenMemory, From = message.From + header.Length - message.Head.Length };
    }

    // Nothing waits for the DNS while it holds a place: a sender whose DNS is silent would keep others from theirs.
    private async Task<(List<MethodResult> Results, byte[] Seal)> FindAsync(OutgoingMessage message, HeaderSection header, CancellationToken limit)
    {
        using var dnsLimit = new CancellationTokenSource(DnsPatience, node.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(dnsLimit.Token, limit);
        var spf = SpfAsync(either.Token);
        var signatures = header.Fields.Where(f => f.Name.Equals("DKIM-Signature", StringComparison.OrdinalIgnoreCase)).Take(DkimCheck.MaxSignatures).ToList();
        var isSigned = signatures.Count > 0;
        var key = node.Settings.Key;
        if (!isSigned && key is null)
        {
            return ([await spf, new MethodResult(DkimCheck.Method, "none")], []);
        }

        if (!header.IsEnded)
        {
            return ([await spf, isSigned ? new MethodResult(DkimCheck.Method, "permerror") { Reason = "header section not readable" } : new MethodResult(DkimCheck.Method, "none")], []);
        }

        if (message.Length > WholeMost || header.Fields.Count > MaxFields)
        {
            return ([await spf, NotVerified(isSigned, "too long")], []);
        }

        var dkimKeys = new DkimKeys(node.Dns, MaxDkimKeys);
        var arcKeys = new DkimKeys(node.Dns, MaxArcKeys);
        await Task.WhenAll(dkimKeys.FetchAsync(signatures, either.Token), arcKeys.FetchAsync(key is null ? [] : ArcCheck.Signatures(header.Fields), either.Token), spf);
        var takesPlace = message.Length > SmallMost;
        try
        {
            await (takesPlace ? node.Places.WaitAsync(limit) : Task.CompletedTask);
        }
        catch (OperationCanceledException)
        {
            return ([await spf, NotVerified(isSigned, "out of time")], []);
        }

        try
        {
            return await VerifyAsync(message, header, await spf, key, (dkimKeys, arcKeys), limit);
        }
        finally
        {
            if (takesPlace)
            {
                node.Places.Release();
            }
        }
    }

    private async Task<(List<MethodResult> Results, byte[] Seal)> VerifyAsync(
        OutgoingMessage message, HeaderSection header, MethodResult spf, ArcKey? key, (DkimKeys Dkim, DkimKeys Arc) keys, CancellationToken limit)
    {
        using var whole = await WholeText.ReadAsync(message, message.Head.IsEmpty ? 0 : header.Fields[0].Octets.Length, CancellationToken.None);
        if (whole is null)
        {
            return ([spf, new MethodResult(DkimCheck.Method, "permerror") { Reason = "message not readable" }], []);
        }

        List<MethodResult> results = [spf, .. await new DkimCheck(keys.Dkim, node.Clock).VerifyAsync(whole.Message, null, limit)];
        if (results.Count == 1)
        {
            results.Add(new MethodResult(DkimCheck.Method, "none"));
        }

        if (key is null)
        {
            return (results, []);
        }

        var chain = await ArcCheck.ValidateAsync(whole.Message, header.Fields, keys.Arc, limit);
        results.Add(chain);

        // A chain that is broken stays broken: a further set would not mend it.
        return (results, chain.Result is "none" or "pass" ? await SealAsync(whole, key, results) : []);
    }

    private async Task<byte[]> SealAsync(WholeText whole, ArcKey key, List<MethodResult> results)
    {
        try
        {
            var sealer = new ArcSealer(key, ResultsField.Format(node.Settings.AuthservId, results), node.Clock.GetUtcNow());
            return await sealer.SealAsync(whole.Message, CancellationToken.None);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return []; // MimeKit cannot seal what the sender wrote; the results go without a seal.
        }
    }

    private async Task<MethodResult> SpfAsync(CancellationToken limit)
    {
        SpfResult result;
        try
        {
            result = await _spf!.WaitAsync(limit);
        }
        catch (OperationCanceledException)
        {
            result = SpfResult.TempError;
        }

        return SpfMethod.Describe(result, client, mail.ReversePath);
    }

    private static MethodResult NotVerified(bool isSigned, string reason) =>
        isSigned ? new MethodResult(DkimCheck.Method, "temperror") { Reason = reason } : new MethodResult(DkimCheck.Method, "none");
}
