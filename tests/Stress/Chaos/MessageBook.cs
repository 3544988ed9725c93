using System.Collections.Concurrent;

namespace ThrottleNet.Stress.Chaos;

/// <summary>
/// The messages of a chaos run: which have been made, which wait for another attempt, and what their senders heard. Messages are numbered from 0. Thread-safe.
/// </summary>
/// <param name="most">The number of messages, at most.</param>
/// <param name="time">Measures pauses between attempts.</param>
internal sealed class MessageBook(int most, TimeProvider time)
{
    /// <summary>One message in so many is a person's: from a host of its own that no list names.</summary>
    public const int OneInIsPersonal = 33;

    private readonly Lock _lock = new();
    private readonly long _began = time.GetTimestamp();
    private readonly long _beganAt = time.GetUtcNow().ToUnixTimeMilliseconds();
    private readonly byte[] _attempts = new byte[most];
    private readonly Acknowledgement[] _acknowledged = new Acknowledgement[most];
    private readonly PriorityQueue<int, TimeSpan> _waiting = new();
    private readonly PriorityQueue<int, TimeSpan> _waitingPersonal = new();
    private readonly ConcurrentQueue<DoubtfulAttempt> _doubts = new();
    private readonly ConcurrentQueue<string> _refusals = new();
    private readonly ConcurrentQueue<string> _wrongAnswers = new();
    private int _next = 1;
    private int _nextPersonal;
    private int _made;
    private int _acknowledgements;
    private int _retries;
    private bool _isMaking = true;

    /// <summary>The time since the begin of the run.</summary>
    public TimeSpan Now => time.GetElapsedTime(_began);

    /// <summary>A moment as the time since the begin of the run.</summary>
    /// <param name="at">Milliseconds since 1970.</param>
    public TimeSpan Since(long at) => TimeSpan.FromMilliseconds(at - _beganAt);

    public int Made => Volatile.Read(ref _made);

    public int Acknowledged => Volatile.Read(ref _acknowledgements);

    /// <summary>Attempts after which a message had to be sent again.</summary>
    public int Retries => Volatile.Read(ref _retries);

    /// <summary>Replies 5xx. Nothing here deserves one.</summary>
    public IReadOnlyCollection<string> Refusals => _refusals;

    /// <summary>Replies 250 that were not the next hop's reply to the message.</summary>
    public IReadOnlyCollection<string> WrongAnswers => _wrongAnswers;

    public IReadOnlyCollection<DoubtfulAttempt> Doubts => _doubts;

    /// <summary>Messages that their senders still have.</summary>
    public int Left => Made - Acknowledged - _refusals.Count;

    /// <summary>Whether all messages that there will be have been made.</summary>
    public bool IsComplete
    {
        get
        {
            lock (_lock)
            {
                return !_isMaking || (_next >= most && _nextPersonal >= most);
            }
        }
    }

    /// <summary>Makes no more messages.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isMaking = false;
        }
    }

    /// <summary>When a message was answered with 250, and by which node; null if it was not.</summary>
    public Acknowledgement? AcknowledgementOf(int number) => _acknowledged[number] is { At.Ticks: > 0 } acknowledgement ? acknowledgement : null;

    /// <summary>Takes messages to send: those whose pause is over, then new ones.</summary>
    /// <param name="personal">Whether it is a person who sends.</param>
    public IReadOnlyList<int> Take(bool personal, int count)
    {
        var taken = new List<int>(count);
        lock (_lock)
        {
            var waiting = personal ? _waitingPersonal : _waiting;
            var now = Now;
            while (taken.Count < count && waiting.TryPeek(out var number, out var due) && due <= now)
            {
                waiting.Dequeue();
                taken.Add(number);
            }

            while (_isMaking && taken.Count < count && Make(personal) is { } made)
            {
                taken.Add(made);
            }
        }

        return taken;
    }

    /// <summary>Counts an attempt to send a message, and gives its number: 1 for the first one.</summary>
    public int Begin(int number) => ++_attempts[number];

    /// <summary>A sender heard 250: the message is no longer its own.</summary>
    public void Acknowledge(int number, int node)
    {
        _acknowledged[number] = new Acknowledgement(node, Now);
        Interlocked.Increment(ref _acknowledgements);
    }

    /// <summary>A sender heard 5xx: it gives the message up.</summary>
    public void Refuse(string reply) => _refusals.Enqueue(reply);

    /// <summary>A sender heard a 250 that was not the next hop's reply to its message.</summary>
    public void NoteWrongAnswer(string answer) => _wrongAnswers.Enqueue(answer);

    /// <summary>A sender heard 4xx or nothing: it will send the message again.</summary>
    /// <param name="doubt">The attempt, if the final dot was sent in it.</param>
    public void Retry(int number, TimeSpan pause, DoubtfulAttempt? doubt)
    {
        if (doubt is not null)
        {
            _doubts.Enqueue(doubt);
        }

        lock (_lock)
        {
            _retries++;
            (IsPersonal(number) ? _waitingPersonal : _waiting).Enqueue(number, Now + pause);
        }
    }

    public static bool IsPersonal(int number) => number % OneInIsPersonal == 0;

    // Needs the lock.
    private int? Make(bool personal)
    {
        var number = personal ? _nextPersonal : _next;
        if (number >= most)
        {
            return null;
        }

        if (personal)
        {
            _nextPersonal += OneInIsPersonal;
        }
        else
        {
            _next += IsPersonal(_next + 1) ? 2 : 1;
        }

        _made++;
        return number;
    }
}
