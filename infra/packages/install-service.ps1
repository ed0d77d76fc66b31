# Installs the agent as a Windows service. Run it as administrator in the unpacked folder:
#   .\install-service.ps1 -Config C:\ProgramData\EdgeFlora\agent.yaml
#   .\install-service.ps1 -Remove
param(
    [string]$Config = "$env:ProgramData\EdgeFlora\agent.yaml",
    [switch]$Remove
)
$ErrorActionPreference = 'Stop'
$name = 'edgeflora-agent'

if ($Remove) {
    if (Get-Service $name -ErrorAction SilentlyContinue) {
        Stop-Service $name -ErrorAction SilentlyContinue
        sc.exe delete $name | Out-Null
        Write-Output "The service $name is removed; its settings and its state are kept."
    } else {
        Write-Output "There is no service $name."
    }
    exit 0
}

if (-not (Test-Path $Config)) { Write-Error "$Config is missing. Write the agent's settings there first (README), or name another file with -Config." }
$program = Join-Path $PSScriptRoot 'edgeflora.exe'

# Checked before anything is installed: every mistake is told with its line.
& $program agent config --config $Config | Out-Null
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }

# LocalService has no rights on the machine and none on the network; the settings' folder is opened to it and closed to other users.
$folder = Split-Path -Parent (Resolve-Path $Config)
icacls.exe $folder /inheritance:r /grant 'Administrators:(OI)(CI)F' 'SYSTEM:(OI)(CI)F' 'LOCAL SERVICE:(OI)(CI)M' | Out-Null
New-Service -Name $name -DisplayName 'EdgeFlora agent' -Description 'Trains on private data of this device for a federated run.' `
    -BinaryPathName "`"$program`" agent run --config `"$Config`"" -StartupType Automatic | Out-Null
sc.exe config $name obj= 'NT AUTHORITY\LocalService' start= delayed-auto | Out-Null
sc.exe failure $name reset= 86400 actions= restart/10000/restart/30000/restart/60000 | Out-Null
Start-Service $name
Write-Output "The service $name runs. Its log is agent.log in the state folder that $Config names."
