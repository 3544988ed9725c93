using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ThrottleNet.MxNode.Tests.Exchange;

/// <summary>A node's log, to wait for lines of and to look through.</summary>
internal sealed class CapturedLog : ILoggerProvider
{
    private readonly Lock _lock = new();
    private readonly List<(int Event, LogLevel Level, string Message)> _lines = [];
    private readonly List<(Func<int, string, bool> Matches, TaskCompletionSource<string> Found)> _awaited = [];

    public IReadOnlyList<(int Event, LogLevel Level, string Message)> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>The first line that matches, past or to come.</summary>
    public Task<string> LineAsync(int number, string text)
    {
        bool Matches(int line, string message) => line == number && message.Contains(text, StringComparison.Ordinal);
        lock (_lock)
        {
            if (_lines.Find(l => Matches(l.Event, l.Message)) is { Message: { } past })
            {
                return Task.FromResult(past);
            }

            var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((Matches, found));
            return found.Task.WaitAsync(ExchangeNode.Patience);
        }
    }

    public ILogger CreateLogger(string categoryName) => new Line(this);

    public void Dispose()
    {
        // Holds nothing.
    }

    private void Add(int number, LogLevel level, string message)
    {
        lock (_lock)
        {
            _lines.Add((number, level, message));
            foreach (var (matches, found) in _awaited.Where(a => a.Matches(number, message)))
            {
                found.TrySetResult(message);
            }
        }
    }

    private sealed class Line(CapturedLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Add(eventId.Id, logLevel, formatter(state, exception) + exception);
    }
}
