using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace ThrottleNet.TestKit;

/// <summary>Keeps what a node logs. A test can look through the lines, or wait for one.</summary>
internal sealed class CapturedLog : ILoggerProvider, ILogger
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ImmutableList<CapturedLine> _lines = [];

    public IReadOnlyList<CapturedLine> Lines => _lines;

    /// <summary>Waits (in real time) until there are this many lines of an event, and gives all of them.</summary>
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
        lock (_lock)
        {
            _lines = _lines.Add(new CapturedLine(logLevel, eventId.Id, formatter(state, exception), exception));
            _changed.SetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Dispose()
    {
        // Holds nothing.
    }

    private async Task<IReadOnlyList<CapturedLine>> UntilAsync(Predicate<CapturedLine> matches, int lines, string what)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_lines.FindAll(matches) is var found && found.Count >= lines)
                {
                    return found;
                }

                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(Patience);
            }
            catch (TimeoutException)
            {
                throw new TimeoutException($"the node did not log {what}");
            }
        }
    }
}
