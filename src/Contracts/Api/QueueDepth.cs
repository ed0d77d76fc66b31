namespace EdgeFlora.Contracts.Api;

/// <summary>A queue at the broker.</summary>
/// <param name="Messages">Messages ready to be delivered; those under way to a consumer are not counted.</param>
/// <param name="Consumers">Who reads from it; 0: nobody.</param>
/// <param name="Exists">False: the broker has no such queue.</param>
public sealed record QueueDepth(string Name, long Messages, int Consumers, bool Exists = true);
