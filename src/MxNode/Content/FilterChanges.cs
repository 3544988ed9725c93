using System.Buffers;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Milter;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Content;

/// <summary>
/// What one filter asks to change in one message. It is gathered while the filter speaks and applied when its verdict is good. A change
/// of the envelope cannot be made any more: the next hop has taken the recipients, and the client knows their answers.
/// </summary>
internal sealed class FilterChanges(TextStore texts) : IAsyncDisposable
{
    private static readonly SmtpReply Quarantined = new(550, "5.7.1", "a content filter would hold this message back for inspection, so it is refused");
    private static readonly SmtpReply NobodyLeft = new(550, "5.7.1", "a content filter would deliver this message to nobody, so it is refused");

    private readonly List<MilterChange> _changes = [];
    private readonly CrlfWriter _lines = new();
    private MessageText? _body;

    /// <summary>Takes what a filter sent.</summary>
    public async ValueTask AddAsync(MilterRead read)
    {
        if (read.Change is { } change)
        {
            _changes.Add(change);
            return;
        }

        if (_body is null)
        {
            _body = texts.Create();
            _body.Write("\r\n"u8);
        }

        foreach (var piece in read.Body)
        {
            _lines.Write(piece.Span, _body);
        }

        if (_body.IsFull)
        {
            await _body.SpillAsync();
        }
    }

    /// <summary>What the changes of the envelope come to.</summary>
    /// <param name="mail">The envelope as it stands.</param>
    /// <param name="recipients">The recipients that the next hop has accepted.</param>
    /// <param name="impossible">The change that cannot be made, for the log; null if there is none.</param>
    public FilterResult Judge(MailCommand mail, IReadOnlyCollection<string> recipients, out string? impossible)
    {
        impossible = null;
        if (_changes.OfType<MilterChange.Quarantine>().Any())
        {
            return FilterResult.Refuse(Quarantined);
        }

        var left = new HashSet<string>(recipients, StringComparer.OrdinalIgnoreCase);
        foreach (var change in _changes)
        {
            switch (change)
            {
                case MilterChange.DeleteRecipient delete when left.Remove(Bare(delete.Address)):
                    impossible = "a recipient to be deleted";
                    break;
                case MilterChange.AddRecipient add when left.Add(Bare(add.Address)):
                    impossible = "a recipient to be added";
                    break;
                case MilterChange.ChangeSender sender when !Bare(sender.Address).Equals(mail.ReversePath?.ToString() ?? "", StringComparison.OrdinalIgnoreCase):
                    impossible = "another sender";
                    break;
            }
        }

        if (left.Count == 0)
        {
            impossible = null;
            return FilterResult.Refuse(NobodyLeft);
        }

        return impossible is null ? FilterResult.Pass : FilterResult.CannotBeDone;
    }

    /// <summary>Changes the header fields and the body of a message. The new body is the draft's from then on.</summary>
    /// <exception cref="IOException">The new body could not be kept.</exception>
    public async ValueTask ApplyAsync(HeaderSection header, MessageDraft draft, CancellationToken cancel)
    {
        _changes.ForEach(change => MilterHeaders.Apply(header, change));
        if (_body is { } body)
        {
            _lines.Finish(body);
            if (body.Failure is { } failure)
            {
                throw new IOException("The body that a filter wrote was not kept: " + failure.Message, failure);
            }

            _body = null;
            await draft.ReplaceBodyAsync(body, cancel);
        }
    }

    public ValueTask DisposeAsync() => _body?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static string Bare(string address) => address.Trim() is ['<', .. var path, '>'] ? path : address.Trim();
}
