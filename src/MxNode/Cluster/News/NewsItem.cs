namespace ThrottleNet.MxNode.Cluster.News;

/// <summary>Changes of one topic.</summary>
/// <param name="Topic">Its name.</param>
/// <param name="Octets">As <see cref="NewsTopic.TakeNews"/> or <see cref="NewsTopic.ReadAll"/> gave them.</param>
[GenerateSerializer]
[Immutable]
internal sealed record NewsItem([property: Id(0)] string Topic, [property: Id(1)] byte[] Octets);
