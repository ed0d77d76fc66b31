namespace EdgeFlora.Learning.Pretraining;

/// <summary>How a pre-training stands.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="TrainingLoss">Mean loss per masked token over the steps since the last report, in nats.</param>
/// <param name="HeldOutLoss">Loss per masked token of sentences that are never trained on, in nats.</param>
/// <param name="HeldOutAccuracy">Fraction of those masked tokens that were guessed right.</param>
public sealed record PretrainingProgress(int Step, double TrainingLoss, double HeldOutLoss, double HeldOutAccuracy);
