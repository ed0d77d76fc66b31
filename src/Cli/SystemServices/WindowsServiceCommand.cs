using System.Runtime.Versioning;
using System.ServiceProcess;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EdgeFlora.Cli.SystemServices;

/// <summary>Runs a command under Windows' service control: its stop is the command's stop, and the command's exit code is the service's.</summary>
[SupportedOSPlatform("windows")]
internal static class WindowsServiceCommand
{
    public static async Task<int> RunAsync(Func<CancellationToken, Task<int>> command)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddWindowsService();
        builder.Services.AddSingleton(command);
        builder.Services.AddHostedService<HostedCommand>();
        using IHost host = builder.Build();
        HostedCommand hosted = host.Services.GetServices<IHostedService>().OfType<HostedCommand>().Single();
        await host.RunAsync();
        return await hosted.Code;
    }

    private sealed class HostedCommand(Func<CancellationToken, Task<int>> command, IHostApplicationLifetime lifetime, IHostLifetime service)
        : BackgroundService
    {
        private readonly TaskCompletionSource<int> code = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<int> Code => code.Task;

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            // CommandHost turns every failure into a code and a line.
            int result = await command(stoppingToken);
            if (service is ServiceBase windows)
            {
                windows.ExitCode = result;
            }

            code.TrySetResult(result);
            lifetime.StopApplication();
        }
    }
}
