using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Compression;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>
/// gzip for gRPC messages. The gRPC library limits the size of a message as it arrives, and then decompresses all of it; this
/// provider also limits the decompressed size, so that a megabyte of gzip cannot take a gigabyte of memory.
/// </summary>
/// <param name="maxSize">Octets of a decompressed message.</param>
internal sealed class CappedGzip(int maxSize) : ICompressionProvider
{
    public string EncodingName => "gzip";

    public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) =>
        new GZipStream(stream, compressionLevel ?? CompressionLevel.Fastest, leaveOpen: true);

    public Stream CreateDecompressionStream(Stream stream) => new CappedStream(new GZipStream(stream, CompressionMode.Decompress), maxSize);

    private sealed class CappedStream(GZipStream source, int maxSize) : Stream
    {
        private int _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        /// <exception cref="RpcException">ResourceExhausted: the message is larger than the limit. Internal: it is not gzip.</exception>
        public override int Read(Span<byte> buffer)
        {
            try
            {
                // One octet more than allowed is enough to know that the message is too large.
                var count = source.Read(buffer[..Math.Min(buffer.Length, maxSize - _read + 1)]);
                _read += count;
                return _read <= maxSize ? count : throw new RpcException(new Status(StatusCode.ResourceExhausted, $"message larger than {maxSize} octets after decompression"));
            }
            catch (InvalidDataException)
            {
                throw new RpcException(new Status(StatusCode.Internal, "message that is not valid gzip"));
            }
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
            // Nothing is written.
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                source.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
