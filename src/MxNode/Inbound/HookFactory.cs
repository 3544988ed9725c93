namespace ThrottleNet.MxNode.Inbound;

/// <summary>Makes one kind of hook for one session. The factories of a node are asked in the order in which they were registered.</summary>
internal delegate SessionHook HookFactory(Session session);
