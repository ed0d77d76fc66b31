namespace EdgeFlora.Learning.Adapting;

/// <summary>One tensor among the trained ones.</summary>
/// <param name="Offset">Its first value in the flat vector of all.</param>
/// <param name="Decays">Whether weight decay pulls it towards zero; biases and norms are exempt.</param>
internal sealed record TrainedTensor(string Name, int Offset, int Length, bool Decays);
