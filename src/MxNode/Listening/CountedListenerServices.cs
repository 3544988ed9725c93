namespace ThrottleNet.MxNode.Listening;

/// <summary>What all listeners share.</summary>
internal sealed record CountedListenerServices(DescriptorBudget Budget, TrustedClients Trusted, ListeningLog Log, TimeProvider Time);
