using System.Threading.Channels;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>
/// The input queue of the exchange's state machine. Each input (a frame, a tick, a question) is a function of the core and the node's
/// steady time in milliseconds. Thread-safe. Inputs queued before the loop starts wait for it.
/// </summary>
internal sealed class ExchangeInputs
{
    // Room for one input of each link and for the node's own. While the queue is full, no link is read.
    private const int MaxWaiting = 1024;

    private readonly Channel<Action<ExchangeCore, long>> _queue =
        Channel.CreateBounded<Action<ExchangeCore, long>>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Queues an input; waits while the queue is full. False: the loop has ended.</summary>
    public async ValueTask<bool> PostAsync(Action<ExchangeCore, long> input)
    {
        try
        {
            await _queue.Writer.WriteAsync(input);
            return true;
        }
        catch (ChannelClosedException)
        {
            return false;
        }
    }

    /// <summary>Runs a question in the loop, and gives its result. An exception of the question is thrown to the caller.</summary>
    /// <param name="question">Runs in the loop.</param>
    /// <param name="otherwise">The answer when the loop has ended.</param>
    public async Task<T> AskAsync<T>(Func<ExchangeCore, long, T> question, T otherwise)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!await PostAsync(Answer))
        {
            return otherwise;
        }

        await Task.WhenAny(answer.Task, _ended.Task);
        return answer.Task.IsCompleted ? await answer.Task : otherwise;

        void Answer(ExchangeCore core, long now)
        {
            try
            {
                answer.SetResult(question(core, now));
            }
            catch (Exception e)
            {
                answer.TrySetException(e);
                throw;
            }
        }
    }

    /// <summary>Queues an input, and waits until it was handled. Its exceptions are logged by the loop.</summary>
    public async Task HandleAsync(Action<ExchangeCore, long> input)
    {
        var handled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (await PostAsync(Handle))
        {
            await Task.WhenAny(handled.Task, _ended.Task);
        }

        void Handle(ExchangeCore core, long now)
        {
            try
            {
                input(core, now);
            }
            finally
            {
                handled.SetResult();
            }
        }
    }

    /// <summary>Accepts no more inputs; the loop ends after the queued ones.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    /// <summary>Accepts no more inputs, and drops the queued ones, which will not be handled.</summary>
    public void Discard()
    {
        Complete();
        _ended.TrySetResult();
    }

    /// <summary>The inputs in order, until the queue is closed and empty. One reader.</summary>
    public async IAsyncEnumerable<Action<ExchangeCore, long>> ReadAllAsync()
    {
        await foreach (var input in _queue.Reader.ReadAllAsync())
        {
            yield return input;
        }

        _ended.TrySetResult();
    }
}
