namespace EdgeFlora.Learning.Torch.Tests;

/// <summary>Tests that count the tensors of the whole process cannot run beside others that make some.</summary>
[CollectionDefinition(Name)]
public sealed class TorchProcess
{
    public const string Name = "torch";
}
