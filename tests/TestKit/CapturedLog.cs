using Microsoft.Extensions.Logging;

namespace ThrottleNet.TestKit;

/// <summary>Keeps a node's log lines. A test can search them, or wait for one.</summary>
internal sealed class CapturedLog : ILoggerProvider, ILogger
{
    private readonly Lock _lock = new();
    private readonly List<CapturedLine> _lines = [];
    private readonly List<Waiter> _waiters = [];

    public IReadOnlyList<CapturedLine> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>Waits (in real time) until there are this many lines of an event, and gives all there are.</summary>
    public Task<IReadOnlyList<CapturedLine>> UntilAsync(int number, int lines = 1) => UntilAsync(l => l.Event == number, lines, $"event {number}");

    /// <summary>Waits (in real time) for the first line of an event that contains a text, and gives its message.</summary>
    public async Task<string> LineAsync(int number, string text) =>
        (await UntilAsync(l => l.Event == number && l.Message.Contains(text, StringComparison.Ordinal), 1, $"event {number} with \"{text}\""))[0].Message;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var line = new CapturedLine(logLevel, eventId.Id, formatter(state, exception), exception);
        lock (_lock)
        {
            _lines.Add(line);
            _waiters.RemoveAll(w => w.Takes(line));
        }
    }

    public void Dispose()
    {
        // Holds nothing.
    }

    private async Task<IReadOnlyList<CapturedLine>> UntilAsync(Predicate<CapturedLine> matches, int lines, string what)
    {
        var waiter = new Waiter(matches, lines);
        lock (_lock)
        {
            if (!_lines.Exists(waiter.Takes))
            {
                _waiters.Add(waiter);
            }
        }

        try
        {
            await waiter.Done.WaitAsync(Eventually.Patience);
            return [.. Lines.Where(l => matches(l))];
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"the node did not log {what}");
        }
    }

    private sealed class Waiter(Predicate<CapturedLine> matches, int lines)
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = lines;

        public Task Done => _done.Task;

        /// <summary>Whether this line completes the wait.</summary>
        public bool Takes(CapturedLine line)
        {
            _left -= matches(line) ? 1 : 0;
            return _left <= 0 && _done.TrySetResult();
        }
    }
}
