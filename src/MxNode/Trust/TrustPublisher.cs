using ThrottleNet.TrustList.Folding;

namespace ThrottleNet.MxNode.Trust;

/// <summary>Puts a list in force: swaps the book's index, and exports it.</summary>
internal sealed class TrustPublisher(TrustBook book, TrustOptions options, HostAddresses addresses, TrustExporter exporter)
{
    private readonly Lock _lock = new();

    /// <summary>Gives the number of entries.</summary>
    /// <param name="latest">Gives the latest list. Asked only when nobody else publishes: an older list never replaces a newer one.</param>
    public int Publish(Func<FoldedList> latest)
    {
        lock (_lock)
        {
            book.Replace(ListIndex.Build(TrustServices.LocalEntries(options), latest(), addresses.Of));
            exporter.Export(book.Index);
            return book.Index.Count;
        }
    }

    /// <summary>Says that the list in force is what the logs give.</summary>
    public void Confirm() => book.Confirm();
}
