using System.CommandLine;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>The <c>edgeflora</c> command with all that stands below it.</summary>
internal static class EdgeFloraCommand
{
    public static RootCommand Create() => new("EdgeFlora fine-tunes one model on many devices' private data: only LoRA adapters travel, over RabbitMQ.")
    {
    };

    public static Task<int> RunAsync(string[] arguments) => new CommandHost(Create(), Console.Out, Console.Error).RunAsync(arguments);
}
