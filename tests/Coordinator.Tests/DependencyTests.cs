using System.Reflection;

namespace EdgeFlora.Coordinator.Tests;

/// <summary>The table of docs: who may know whom. It sees the references the compiler kept, which are the ones that matter.</summary>
public sealed class DependencyTests
{
    [Theory]
    [InlineData("EdgeFlora.Contracts", "MassTransit", "EdgeFlora.", "TorchSharp", "Microsoft.")]
    [InlineData("EdgeFlora.Adapters", "MassTransit", "EdgeFlora.", "TorchSharp", "Microsoft.Extensions")]
    [InlineData("EdgeFlora.Aggregation", "MassTransit", "EdgeFlora.Contracts", "EdgeFlora.Transport", "EdgeFlora.Learning", "TorchSharp", "Microsoft.Extensions")]
    [InlineData("EdgeFlora.Transport", "EdgeFlora.Adapters", "EdgeFlora.Aggregation", "EdgeFlora.Learning", "EdgeFlora.Coordinator", "EdgeFlora.EdgeAgent", "TorchSharp")]
    [InlineData("EdgeFlora.Coordinator", "TorchSharp", "EdgeFlora.Learning", "EdgeFlora.EdgeAgent", "EdgeFlora.Cli", "Microsoft.Extensions.Hosting")]
    public void Assembly_stays_clear_of(string assembly, params string[] forbidden)
    {
        IEnumerable<string> references = Assembly.Load(assembly).GetReferencedAssemblies().Select(name => name.Name!);

        Assert.DoesNotContain(references, name => forbidden.Any(start => name.StartsWith(start, StringComparison.Ordinal)));
    }
}
