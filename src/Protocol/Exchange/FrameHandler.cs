namespace ThrottleNet.Protocol.Exchange;

/// <summary>Gives each frame of a neighbour to the part that handles its kind.</summary>
internal sealed class FrameHandler(ExchangeParts parts)
{
    /// <summary>A frame of a neighbour came; it may end the link.</summary>
    /// <param name="frame">Null for an unknown kind.</param>
    /// <param name="size">Its octets on the wire, for the budget.</param>
    public void Receive(Link link, Frame? frame, int size)
    {
        link.LastReceived = parts.Context.Now;
        if (!link.TryReceive(parts.Context.Now, size))
            parts.Closer.Drop(link, GoodbyeReason.OverBudget);
        else if (!link.Ready && frame is not (HelloFrame or GoodbyeFrame))
            parts.Closer.Drop(link, GoodbyeReason.Malformed);
        else
            Handle(link, frame);
        if (parts.Evictions.TakeLinked() is { } evicted)
            parts.Closer.Drop(evicted, GoodbyeReason.Evicted);
    }

    private void Handle(Link link, Frame? frame)
    {
        switch (frame)
        {
            case HelloFrame f: OnHello(link, f); break;
            case AckFrame f: parts.Barrier.OnAck(link, f, parts.Publisher.Epoch); break;
            case GoodbyeFrame f: OnGoodbye(link, f); break;
            case CredentialFrame f: DropIf(link, parts.Intake.OnCredential(link, f)); break;
            case DeliveryFrame f: DropIf(link, parts.Intake.OnDelivery(link, f)); break;
            case AnnounceFrame f: parts.Spreading.OnAnnounce(link, f); break;
            case GraftFrame f: parts.Spreading.OnGraft(link, f); break;
            case PruneFrame f: parts.Spreading.OnPrune(link, f); break;
            case ShuffleFrame f: parts.View.OnShuffle(link, f); break;
            case DigestFrame f: parts.AntiEntropy.OnDigest(link, f); break;
            case WantFrame f: parts.AntiEntropy.OnWant(link, f); break;
            case UnavailableFrame f: parts.AntiEntropy.OnUnavailable(f); break;
            case SnapshotRequestFrame f: parts.SnapshotServer.OnRequest(link, f); break;
            case SnapshotChunkFrame f: parts.SnapshotClient.OnChunk(link, f); break;
            case EquivocationFrame f: DropIf(link, parts.Evictions.OnProof(link, f)); break;
        }
    }

    private void OnHello(Link link, HelloFrame frame)
    {
        if (!parts.Greeter.TryJoin(link, frame))
            return;
        parts.Operators.Update(parts.Started);
        parts.AntiEntropy.SendDigest(link);
        parts.Evictions.Join(link);
    }

    private void OnGoodbye(Link link, GoodbyeFrame frame)
    {
        parts.Closer.Remove(link, frame.Reason, $"said {frame.Reason}");
        parts.Context.Effects.Add(new DropLink(link.Id, frame.Reason));
    }

    private void DropIf(Link link, GoodbyeReason? reason)
    {
        if (reason is { } why)
            parts.Closer.Drop(link, why);
    }
}
