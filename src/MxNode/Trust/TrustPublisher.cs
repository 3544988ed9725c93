using ThrottleNet.MxNode.Configuration;
using ThrottleNet.TrustList.Folding;

namespace ThrottleNet.MxNode.Trust;

/// <summary>Puts a list in force: replaces the book's index, and writes the exports. Thread-safe.</summary>
internal sealed class TrustPublisher(TrustBook book, Live<TrustOptions> options, HostAddresses addresses, TrustExporter exporter)
{
    private readonly Lock _lock = new();

    /// <summary>The node's own entries and the roots, which a reload of the configuration may change.</summary>
    public Live<TrustOptions> Options => options;

    /// <summary>Publishes the latest list and returns its number of entries.</summary>
    /// <param name="latest">Gives the latest list. It is called under the lock, so that an older list never replaces a newer one.</param>
    public int Publish(Func<FoldedList> latest)
    {
        lock (_lock)
        {
            book.Replace(ListIndex.Build(TrustServices.LocalEntries(options.Current), latest(), addresses.Of));
            exporter.Export(book.Index);
            return book.Index.Count;
        }
    }

    /// <summary>Repeats the exports that failed and whose pause is over.</summary>
    public void RetryExports()
    {
        if (exporter.HasRetryDue)
        {
            lock (_lock)
            {
                exporter.Export(book.Index);
            }
        }
    }

    /// <summary>Notes that the list in force agrees with the logs now.</summary>
    public void Confirm() => book.Confirm();
}
