namespace ThrottleNet.Protocol.Spf;

/// <summary>Ends a check with an error, from inside a record that it includes.</summary>
internal sealed class SpfException(SpfResult result) : Exception
{
    public SpfResult Result => result;
}
