using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>The commands that open a session: HELO and EHLO, STARTTLS (RFC 3207), XCLIENT (Postfix XCLIENT_README).</summary>
internal sealed class OpeningCommands(SmtpWire wire, Session session, SmtpDialogue dialogue, Greeter greeter, HookChain hooks)
{
    /// <summary>The client that XCLIENT has named, which ended the session.</summary>
    public XclientFacts? NewClient { get; private set; }

    public async ValueTask HelloAsync(SmtpCommand command)
    {
        // RFC 2920, section 3.1: EHLO ends a group, since its reply says whether there may be groups.
        if (command.Verb == SmtpVerb.Ehlo && wire.HasInput())
        {
            await dialogue.EndAsync(Step.End(RefusalReason.EarlyInput));
            return;
        }

        if (!HelloName.TryParse(command.Argument, out var name))
        {
            await dialogue.ErrorAsync(Replies.BadHello);
            return;
        }

        session.Hello = name;
        session.IsExtended = command.Verb == SmtpVerb.Ehlo;
        if (await hooks.AskAsync(h => h.HelloAsync()) is { Kind: not StepKind.Continue } refusal)
        {
            await dialogue.RefuseAsync(refusal);
            return;
        }

        await dialogue.ResetAsync();
        dialogue.Enter(SessionState.Ready);
        wire.Write(session.IsExtended ? greeter.Extensions(session) : greeter.PlainHello);
    }

    public async ValueTask StartTlsAsync(string argument)
    {
        if (argument.Length > 0)
        {
            await dialogue.ErrorAsync(Replies.BadArgument);
            return;
        }

        if (wire.HasInput())
        {
            await dialogue.EndAsync(Step.End(RefusalReason.EarlyInput));
            return;
        }

        if (session.IsTls)
        {
            await dialogue.ErrorAsync(Replies.TlsAlready);
            return;
        }

        if (greeter.Certificates.Current() is not { } tls)
        {
            wire.Write(Replies.For(RefusalReason.TlsUnavailable));
            return;
        }

        wire.Write(Replies.ReadyForTls);
        await dialogue.ResetAsync();
        session.Hello = null;
        dialogue.Enter(await wire.FlushAsync() && await wire.StartTlsAsync(tls) ? SessionState.Connected : SessionState.Closed);
    }

    public async ValueTask XclientAsync(string argument)
    {
        if (!greeter.MayNameClients(session.Peer))
        {
            await dialogue.ErrorAsync(Replies.NotAuthorized);
        }
        else if (!Xclient.TryParse(argument, out var facts))
        {
            await dialogue.ErrorAsync(Replies.BadXclient);
        }
        else
        {
            NewClient = facts;
            dialogue.Close();
        }
    }
}
