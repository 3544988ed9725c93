namespace ThrottleNet.MxNode.Listening;

/// <summary>The services that all listeners share.</summary>
internal sealed record CountedListenerServices(DescriptorBudget Budget, TrustedClients Trusted, ListeningLog Log, TimeProvider Time);
