namespace EdgeFlora.Tests.Given;

/// <summary>Tests that change the environment, which is the whole process's: nothing else runs meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class EnvironmentGroup
{
    public const string Name = "environment";
}
