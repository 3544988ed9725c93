using System.Text;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.TrustList;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Admin;

/// <summary>Signs statements of the trusted list with the key that the operator gave the node (<c>Admin:TrustKeyFile</c>). Thread-safe.</summary>
internal sealed class TrustSigner(AdminOptions admin, NodeOptions node, Live<TrustOptions> options, TrustKeeper keeper, IDnsResolver dns, TimeProvider clock) : IDisposable
{
    // A statement holds the hash of the one before it, so two must not be made at one time.
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Whether the operator gave the node a key, and each caller shows the node's token.</summary>
    public bool CanSign => admin is { TrustKeyFile: not null, TokenFile: not null };

    /// <summary>Signs what an admin asks for and writes it to the key's log. It is in force here within a second.</summary>
    public async Task<TrustAnswer> AnswerAsync(TrustChange change)
    {
        Statement draft;
        try
        {
            draft = Draft(change);
        }
        catch (TrustRefusalException e)
        {
            return new(TrustOutcome.WrongField, e.Message);
        }

        if (!CanSign)
        {
            return new(TrustOutcome.NoKey, SigningCommand.For(draft));
        }

        await _turn.WaitAsync();
        try
        {
            return await SignAsync(draft, change);
        }
        catch (Exception e) when (e is TrustRefusalException or IOException or UnauthorizedAccessException)
        {
            return new(TrustOutcome.Refused, e.Message);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<TrustAnswer> SignAsync(Statement draft, TrustChange change)
    {
        using var key = StatementAuthor.LoadKey(admin.TrustKeyFile!);
        var author = new StatementAuthor(new TrustContext(node.DataDirectory, options.Current, dns, clock), key);
        var proposal = author.Propose(Complete(author, draft));
        if (draft.Action == TrustAction.Enrol)
        {
            string[] doubts =
            [
                .. change.AcceptDoubts ? [] : EnrolDoubts.Find(draft.Subject, draft.Contact, draft.RatePerHour),
                .. change.AcceptOverlaps ? [] : proposal.Overlaps,
            ];
            if (doubts.Length > 0)
            {
                return new(TrustOutcome.NeedsConfirmation, string.Join("; ", doubts));
            }
        }

        await author.CommitAsync(proposal);
        keeper.Wake();
        return new(
            TrustOutcome.Signed,
            $"{change.Action} {draft.Subject}",
            new(StatementReport.Of(proposal.Signed.Statement), Encoding.UTF8.GetString(proposal.Signed.Line.Span), [.. proposal.Warnings, .. proposal.Overlaps]));
    }

    /// <summary>The statement with the fields that were given.</summary>
    /// <exception cref="TrustRefusalException">A field is wrong; the message says how to write it.</exception>
    private Statement Draft(TrustChange change)
    {
        if (!Words.TryParse(change.Action, out TrustAction action) || action == TrustAction.Delegate)
        {
            throw new TrustRefusalException($"\"{change.Action}\" is nothing that a node signs; use enrol, renew, suspend or revoke");
        }

        var text = (change.Subject ?? "").Trim();
        if (!TrustSubject.TryParseTyped(text, out var subject, out var error))
        {
            throw new TrustRefusalException(text.Trim('.').Length == 0 ? "name an address, a network or a host name" : error);
        }

        var draft = new Statement { Action = action, Subject = subject, Reason = change.Reason ?? "" };
        return draft.IsDenial ? draft : draft with
        {
            Kind = change.Kind is not { Length: > 0 } word ? null
                : Words.TryParse(word, out TrustKind kind) ? kind
                : throw new TrustRefusalException($"\"{word}\" is no kind of host; use {string.Join(", ", Words.AllKinds)}"),
            Organisation = change.Organisation ?? "",
            Contact = change.Contact ?? "",
            RatePerHour = change.RatePerHour is null or > 0 ? change.RatePerHour : throw new TrustRefusalException($"{change.RatePerHour} is no number of recipients an hour; leave it out for no limit"),
            Expires = change.Expires is { Length: > 0 } expires ? TrustTimes.Parse(expires, clock.GetUtcNow()) : null,
        };
    }

    // What was not given: the usual term, and with a renewal all other fields of the entry.
    private Statement Complete(StatementAuthor author, Statement draft)
    {
        if (draft.Action != TrustAction.Renew)
        {
            return author.Expect(draft.IsDenial ? draft : draft with { Expires = draft.Expires ?? TrustTimes.Default(clock.GetUtcNow()) });
        }

        var last = author.ToRenew(draft.Subject);
        return last with
        {
            Action = TrustAction.Renew,
            Kind = draft.Kind ?? last.Kind,
            Organisation = draft.Organisation.Length > 0 ? draft.Organisation : last.Organisation,
            Contact = draft.Contact.Length > 0 ? draft.Contact : last.Contact,
            RatePerHour = draft.RatePerHour ?? last.RatePerHour,
            Expires = draft.Expires ?? TrustTimes.Default(clock.GetUtcNow()),
            Reason = draft.Reason,
        };
    }
}
