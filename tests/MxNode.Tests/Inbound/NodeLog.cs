using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace ThrottleNet.MxNode.Tests.Inbound;

internal sealed record NodeLogEntry(LogLevel Level, int Id, string Text, Exception? Exception);

/// <summary>Keeps what a node logs; a test can wait for an entry.</summary>
internal sealed class NodeLog : ILoggerProvider, ILogger
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ImmutableList<NodeLogEntry> _entries = [];

    public IReadOnlyList<NodeLogEntry> Entries => _entries;

    /// <summary>Waits (in real time) until so many entries with that id are there.</summary>
    public async Task<IReadOnlyList<NodeLogEntry>> UntilAsync(int id, int entries = 1)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_entries.FindAll(e => e.Id == id) is var found && found.Count >= entries)
                {
                    return found;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(TimeSpan.FromSeconds(60));
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lock)
        {
            _entries = _entries.Add(new NodeLogEntry(logLevel, eventId.Id, formatter(state, exception), exception));
            _changed.SetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Dispose()
    {
    }
}
