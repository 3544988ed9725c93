using ThrottleNet.TrustList.Feed;

namespace ThrottleNet.TrustList.Tests.Feed;

/// <summary>A link between two nodes. Frames arrive in order, some time after they were sent, until the link is cut.</summary>
internal sealed class FeedLink(FeedNode a, FeedNode b)
{
    // How many frames may be on their way in one direction before the sender waits.
    private const int Room = 2;

    private readonly Queue<FeedFrame>[] _onTheWay = [new(), new()];
    private readonly FeedPeer[] _peers = [new(), new()];
    private readonly FeedNode[] _nodes = [a, b];

    public bool IsUp { get; private set; } = true;

    /// <summary>Loses the frames on their way and both sides' state about the other.</summary>
    public void Cut()
    {
        IsUp = false;
        for (var side = 0; side < 2; side++)
        {
            _onTheWay[side].Clear();
            _peers[side] = new();
        }
    }

    public void Restore() => IsUp = true;

    /// <summary>Sends or delivers one frame of one side; false if there is none.</summary>
    public bool Step(int side, bool send, TimeSpan now)
    {
        if (!IsUp)
        {
            return false;
        }

        if (send)
        {
            if (_onTheWay[side].Count >= Room || _peers[side].Next(_nodes[side].Held, now) is not { } frame)
            {
                return false;
            }

            _onTheWay[side].Enqueue(frame);
            return true;
        }

        if (!_onTheWay[side].TryDequeue(out var arrived))
        {
            return false;
        }

        Assert.Null(_nodes[1 - side].Receive(_peers[1 - side], arrived, now));
        return true;
    }

    /// <summary>Runs both sides until neither has a frame to send. Gives the number of frames.</summary>
    public int Settle(TimeSpan now)
    {
        var frames = 0;
        for (var busy = true; busy;)
        {
            busy = false;
            for (var i = 0; i < 4; i++)
            {
                busy |= Step(i % 2, i < 2, now) && ++frames > 0;
            }

            Assert.True(frames < 100_000, "they talk without end");
        }

        return frames;
    }
}
