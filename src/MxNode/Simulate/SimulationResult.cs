namespace ThrottleNet.MxNode.Simulate;

/// <summary>The outcome of a simulation.</summary>
/// <param name="Batches">Batches published while it was measured.</param>
/// <param name="MedianTime99">Milliseconds from publishing to 99 % of the nodes, of the median batch.</param>
/// <param name="WorstTime99">The same of the slowest batch in a hundred.</param>
/// <param name="CountedTime99">The same of the slowest in a hundred from the first attempt in the batch on: how long a hold has to last.</param>
/// <param name="DirectTime99">Milliseconds from publishing to 99 % of the nodes if every node had a link with every other, of the median origin, by the latencies of this very network.</param>
/// <param name="MedianTimes">Milliseconds from publishing to 1, 2... 100 % of the nodes that were up and reachable, of the median batch, as far as it came.</param>
/// <param name="Unfinished">Batches that did not reach 99 % of them.</param>
/// <param name="CopiesPerNode">How often a node got a batch, on average.</param>
/// <param name="OctetsPerNodeSecond">Octets that a node received in a second, all frames.</param>
/// <param name="OctetsPerEntry">The same octets for each entry of a batch that was new to it.</param>
/// <param name="Sprayed">Messages of the sprayer, at nodes that do not lie; likewise below.</param>
/// <param name="Leaked">Messages of the sprayer that passed at once.</param>
/// <param name="Limit">Messages that one sender gets through at one node.</param>
/// <param name="Innocent">Messages of ordinary hosts.</param>
/// <param name="WronglyDeferred">Messages of ordinary hosts that were deferred.</param>
/// <param name="WronglyRefused">Messages of ordinary hosts that were refused.</param>
internal sealed record SimulationResult(
    int Batches,
    long MedianTime99,
    long WorstTime99,
    long CountedTime99,
    long DirectTime99,
    IReadOnlyList<long> MedianTimes,
    int Unfinished,
    double CopiesPerNode,
    double OctetsPerNodeSecond,
    double OctetsPerEntry,
    int Sprayed,
    int Leaked,
    int Limit,
    int Innocent,
    int WronglyDeferred,
    int WronglyRefused)
{
    /// <summary>No innocent host was refused.</summary>
    public bool SparedInnocents => WronglyRefused == 0;

    /// <summary>The sprayer got no more through than at one node.</summary>
    public bool StoppedSprayer => Leaked <= Limit;

    /// <summary>Both.</summary>
    public bool AsPromised => SparedInnocents && StoppedSprayer;
}

/// <summary>How far a simulation has come.</summary>
/// <param name="Second">Simulated seconds.</param>
/// <param name="Seconds">In all.</param>
/// <param name="Batches">Batches published.</param>
/// <param name="Octets">Octets received by all nodes since warming up.</param>
internal readonly record struct SimulationProgress(int Second, int Seconds, int Batches, long Octets);
