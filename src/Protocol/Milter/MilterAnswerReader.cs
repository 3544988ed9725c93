using System.Buffers;

namespace ThrottleNet.Protocol.Milter;

/// <summary>
/// Reads a filter's packets as answers to one event. What may come depends on the event and on what was negotiated; all of it is counted.
/// Pure: the outcome depends on the octets alone, never on how they are cut; only pieces of a body are as long as what is at hand.
/// </summary>
internal sealed class MilterAnswerReader(long maxBody)
{
    private MilterEvent _event;
    private int _progress;
    private int _changes;
    private int _changeOctets;
    private int _bodyPackets;
    private long _body;
    private long _pieceLeft; // of the packet under way

    /// <summary>Begins the answer to an event.</summary>
    public void Expect(MilterEvent sent)
    {
        (_event, _progress, _changes, _changeOctets, _bodyPackets, _body, _pieceLeft) = (sent, 0, 0, 0, 0, 0, 0);
    }

    /// <param name="input">The octets at hand; afterwards what is left of them.</param>
    /// <param name="options">What was negotiated.</param>
    public MilterRead Read(ref ReadOnlySequence<byte> input, MilterOptions options)
    {
        if (_pieceLeft > 0)
        {
            return Piece(ref input);
        }

        if (!MilterPacket.TryPeek(input, out var length, out var code))
        {
            return default;
        }

        if (code == 'b' && length > 0)
        {
            return BeginPiece(ref input, length - 1, options);
        }

        if (MilterPacket.Fault(length) is { } fault)
        {
            return MilterRead.Broken(fault);
        }

        return MilterPacket.Take(ref input, length) is { } data ? Interpret(code, data, options) : default;
    }

    private MilterRead BeginPiece(ref ReadOnlySequence<byte> input, int length, MilterOptions options)
    {
        if (_event != MilterEvent.EndOfMessage || !options.Actions.HasFlag(MilterActions.ReplaceBody))
        {
            return MilterRead.Broken($"it replaced the body unasked, in answer to {_event}");
        }

        _body += length;
        if (_body > maxBody || ++_bodyPackets > MilterLimits.BodyPackets)
        {
            return MilterRead.Broken($"its new body is larger than {maxBody} octets, or comes in too many packets");
        }

        input = input.Slice(MilterPacket.Head);
        _pieceLeft = length;
        return length == 0 ? new MilterRead(MilterReadStatus.BodyPiece) : Piece(ref input);
    }

    private MilterRead Piece(ref ReadOnlySequence<byte> input)
    {
        var piece = input.Slice(0, Math.Min(input.Length, _pieceLeft));
        if (piece.IsEmpty)
        {
            return default;
        }

        input = input.Slice(piece.End);
        _pieceLeft -= piece.Length;
        return new MilterRead(MilterReadStatus.BodyPiece, Body: piece);
    }

    private MilterRead Interpret(char code, byte[] data, MilterOptions options)
    {
        if (code == 'p' && data.Length == 0)
        {
            return ++_progress <= MilterLimits.Progress
                ? new MilterRead(MilterReadStatus.Progress)
                : MilterRead.Broken("it reports progress without end");
        }

        if (!MilterChangeParser.IsChange(code))
        {
            return Answer(code, data, options);
        }

        _changeOctets += data.Length;
        if (_event != MilterEvent.EndOfMessage || (options.Actions & MilterChangeParser.Needs(code)) == 0)
        {
            return MilterRead.Broken($"it sent '{code}', in answer to {_event}, without having negotiated that");
        }

        if (++_changes > MilterLimits.Changes || _changeOctets > MilterLimits.ChangeOctets)
        {
            return MilterRead.Broken($"it asks for more than {MilterLimits.Changes} changes, or more than {MilterLimits.ChangeOctets} octets of them");
        }

        return MilterChangeParser.TryParse(code, data, out var change)
            ? new MilterRead(MilterReadStatus.Change, Change: change)
            : MilterRead.Broken($"it sent '{code}' with data that cannot be read");
    }

    private MilterRead Answer(char code, byte[] data, MilterOptions options)
    {
        if (code == 'y')
        {
            return MilterReplyCode.TryParse(data, out var reply)
                ? Answered(new MilterAnswer(MilterVerdict.Refuse, reply))
                : MilterRead.Broken("it sent a reply that is none of SMTP's: 4xx or 5xx, CRLF between lines, none after the last");
        }

        var answer = data.Length > 0 ? null : code switch
        {
            'c' => MilterAnswer.Continue,
            'a' => MilterAnswer.Accept,
            'r' => MilterAnswer.Reject,
            't' => MilterAnswer.TempFail,
            '4' or 'f' => MilterAnswer.Disconnect,

            // There is no message yet that could be dropped: libmilter's documentation says that this does nothing.
            'd' => _event is MilterEvent.Connect or MilterEvent.Helo ? MilterAnswer.Continue : MilterAnswer.Discard,
            's' => _event is MilterEvent.Body or MilterEvent.Header or MilterEvent.Recipient or MilterEvent.Unknown && options.Has(MilterSteps.Skip)
                ? MilterAnswer.Skip
                : null,
            _ => null,
        };
        return answer is null ? MilterRead.Broken($"it answered {_event} with {Describe(code)} and {data.Length} octets of data") : Answered(answer);
    }

    private static MilterRead Answered(MilterAnswer answer) => new(MilterReadStatus.Answer, Answer: answer);

    private static string Describe(char code) => code is > ' ' and < (char)127 ? $"'{code}'" : $"octet {(int)code}";
}
