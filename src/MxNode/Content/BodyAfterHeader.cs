using ThrottleNet.MxNode.Relay;

namespace ThrottleNet.MxNode.Content;

/// <summary>The body of a message without the empty line that parts it from the header section, as filters get it.</summary>
internal sealed class BodyAfterHeader(MessageDraft draft, CancellationToken cancel)
{
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync()
    {
        var skipped = 0;
        await foreach (var piece in draft.ReadBodyAsync(cancel))
        {
            var rest = piece;
            while (skipped < 2 && rest.Length > 0)
            {
                if (rest.Span[0] != "\r\n"u8[skipped])
                {
                    skipped = 2;
                    break;
                }

                skipped++;
                rest = rest[1..];
            }

            yield return rest;
        }
    }
}
