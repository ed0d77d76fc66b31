using System.CommandLine;
using System.CommandLine.Help;
using EdgeFlora.Cli.Commands.Adapter;
using EdgeFlora.Cli.Commands.Agent;
using EdgeFlora.Cli.Commands.Agents;
using EdgeFlora.Cli.Commands.Aggregate;
using EdgeFlora.Cli.Commands.Bench;
using EdgeFlora.Cli.Commands.Classify;
using EdgeFlora.Cli.Commands.Contexts;
using EdgeFlora.Cli.Commands.Coordinator;
using EdgeFlora.Cli.Commands.Demo;
using EdgeFlora.Cli.Commands.Doctor;
using EdgeFlora.Cli.Commands.Eval;
using EdgeFlora.Cli.Commands.Events;
using EdgeFlora.Cli.Commands.Experiments;
using EdgeFlora.Cli.Commands.Merge;
using EdgeFlora.Cli.Commands.Models;
using EdgeFlora.Cli.Commands.Pretrain;
using EdgeFlora.Cli.Commands.Rollouts;
using EdgeFlora.Cli.Commands.Run;
using EdgeFlora.Cli.Commands.Runs;
using EdgeFlora.Cli.Commands.Tokens;
using EdgeFlora.Cli.Commands.Torch;
using EdgeFlora.Cli.Commands.Train;
using EdgeFlora.Cli.Engines;
using EdgeFlora.Cli.Hosting;
using EdgeFlora.Cli.SystemServices;
using Microsoft.Extensions.Hosting.WindowsServices;

namespace EdgeFlora.Cli;

/// <summary>The <c>edgeflora</c> command with all that stands below it.</summary>
internal static class EdgeFloraCommand
{
    public static RootCommand Create()
    {
        var root = new RootCommand("EdgeFlora fine-tunes one model on many devices' private data: only LoRA adapters travel, over RabbitMQ.");
        // Without a command it says what there is.
        root.SetAction(parsed => new HelpAction().Invoke(parsed));
        root.Subcommands.Add(new DemoCommand());
        root.Subcommands.Add(new CoordinatorCommand());
        root.Subcommands.Add(new RunCommand());
        root.Subcommands.Add(new AgentCommand());
        root.Subcommands.Add(new RunsCommand());
        root.Subcommands.Add(new RolloutsCommand());
        root.Subcommands.Add(new AgentsCommand());
        root.Subcommands.Add(new EventsCommand());
        root.Subcommands.Add(new ModelsCommand());
        root.Subcommands.Add(new AdapterCommand());
        root.Subcommands.Add(new TokensCommand());
        root.Subcommands.Add(new ContextCommand());
        root.Subcommands.Add(new DoctorCommand());
        root.Subcommands.Add(new TrainCommand());
        root.Subcommands.Add(new EvalCommand());
        root.Subcommands.Add(new AggregateCommand());
        root.Subcommands.Add(new MergeCommand());
        root.Subcommands.Add(new ClassifyCommand());
        root.Subcommands.Add(new BenchCommand());
        root.Subcommands.Add(new ExperimentCommand());
        root.Subcommands.Add(new PretrainCommand());
        root.Subcommands.Add(new TorchCommand());
        root.Subcommands.Add(new EngineWorkerCommand());
        return root;
    }

    public static Task<int> RunAsync(string[] arguments)
    {
        var host = new CommandHost(Create(), Console.Out, Console.Error);
        return OperatingSystem.IsWindows() && WindowsServiceHelpers.IsWindowsService()
            ? WindowsServiceCommand.RunAsync(ending => host.RunAsync(arguments, ending))
            : host.RunAsync(arguments);
    }
}
