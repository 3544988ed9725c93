namespace ThrottleNet.Protocol.Milter;

/// <summary>What a filter has decided so far, and so which events it still gets.</summary>
internal sealed class MilterProgress
{
    private MilterEvent? _skipped;
    private bool _isMessageDone;

    /// <summary>Whether the filter wants no more events of this client.</summary>
    public bool IsClientDone { get; private set; }

    /// <summary>Whether the filter wants no more events of this client, or of the message under way.</summary>
    public bool IsDone => IsClientDone || _isMessageDone;

    /// <summary>Whether a message is under way.</summary>
    public bool IsInMessage { get; private set; }

    public void BeginMessage() => IsInMessage = true;

    public void EndMessage() => (IsInMessage, _isMessageDone, _skipped) = (false, false, null);

    /// <summary>The connection with the filter waits for the next client.</summary>
    public void EndClient()
    {
        EndMessage();
        IsClientDone = false;
    }

    /// <summary>Whether the filter wants an event. A skip ends with the first event of another kind.</summary>
    public bool Wants(MilterEvent next)
    {
        _skipped = _skipped == next ? next : null;
        return !IsDone && _skipped != next;
    }

    /// <summary>Notes the filter's answer to an event.</summary>
    public void Follow(MilterEvent sent, MilterVerdict verdict)
    {
        switch (verdict)
        {
            case MilterVerdict.Skip:
                _skipped = sent;
                break;
            case MilterVerdict.Disconnect:
            case MilterVerdict.Accept or MilterVerdict.Refuse when sent is MilterEvent.Connect or MilterEvent.Helo:
                IsClientDone = true;
                break;
            case MilterVerdict.Accept or MilterVerdict.Discard:
            case MilterVerdict.Refuse when sent is not MilterEvent.Recipient and not MilterEvent.Unknown:
                _isMessageDone = true;
                break;
        }

        if (sent == MilterEvent.EndOfMessage)
        {
            EndMessage();
        }
    }
}
