using System.Threading.Channels;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>
/// The queue in front of the exchange's state machine: frames, ticks and questions, each a function of the core and the time in milliseconds
/// since 1970. Thread-safe. Inputs that come before the loop runs wait for it.
/// </summary>
internal sealed class ExchangeInputs
{
    // One input of each link and the node's own. While the queue is full, links are not read.
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

    /// <summary>Asks the core something. What the question throws is thrown here.</summary>
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

    /// <summary>Queues an input, and waits until it was handled; what it throws is logged by the loop.</summary>
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

    /// <summary>Takes no more inputs; the loop ends after those that wait.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    /// <summary>Takes no more inputs and drops those that wait: nothing will handle them.</summary>
    public void Discard()
    {
        Complete();
        _ended.TrySetResult();
    }

    /// <summary>The inputs in order, until there are no more. One reader.</summary>
    public async IAsyncEnumerable<Action<ExchangeCore, long>> ReadAllAsync()
    {
        await foreach (var input in _queue.Reader.ReadAllAsync())
        {
            yield return input;
        }

        _ended.TrySetResult();
    }
}
