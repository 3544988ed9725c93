namespace ThrottleNet.MxNode.Content;

/// <summary>A filter did not answer an event. The connection with it is of no more use.</summary>
internal sealed class FilterException(FilterFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    public FilterFault Fault => fault;
}
