//--- The session with the hub: who we are, the proof of it, and when to come back.
#ifndef LOCKSTEP_SESSION_MQH
#define LOCKSTEP_SESSION_MQH

#include <Lockstep\Requests.mqh>

#define LS_VERSION "1.00"
#define LS_BACKOFF_FIRST_MS 500
#define LS_BACKOFF_MAX_MS 60000
#define LS_REDIRECTS_MAX 3

enum LsPhase
  {
   LS_DOWN,
   LS_HELLO,             // hello was sent
   LS_PROOF,             // proof was sent
   LS_READY,
   LS_PAUSED
  };

LsPhase g_lsPhase = LS_DOWN;
string  g_lsWords = "Not connected yet";
string  g_lsCode = "";            // the pairing code in the inputs, cleaned
string  g_lsRun = "";
string  g_lsNonce = "";
string  g_lsChallenge = "";
string  g_lsSession = "";
string  g_lsSessionKey = "";
bool    g_lsWelcomed = false;     // in this run
bool    g_lsRaisedEpoch = false;
long    g_lsRetryAt = 0;
long    g_lsBackoff = LS_BACKOFF_FIRST_MS;
long    g_lsHeardAt = 0;
long    g_lsSilenceMs = 45000;
string  g_lsHost = "";            // where to connect, after a redirect
int     g_lsPort = 0;
bool    g_lsTls = false;
int     g_lsRedirects = 0;
// What the proof covers is what hello said, though the account may have moved on since.
long    g_lsHelloSeq = 0;
long    g_lsHelloFence = 0;
bool    g_lsHangUp = false;       // the channel closes its connection at the end of the pass

string LsMode()
  {
   return LsIsNetting() ? "netting" : "hedging";
  }

string LsLogin()
  {
   return IntegerToString(AccountInfoInteger(ACCOUNT_LOGIN));
  }

string LsPlatform()
  {
#ifdef __MQL5__
   return "mt5";
#else
   return "mt4";
#endif
  }

void LsPause(const string words)
  {
   g_lsPhase = LS_PAUSED;
   g_lsWords = words;
   g_lsUp = false;
   g_lsHangUp = true;
  }

// Comes back after a while: at least `leastMs`, twice as long each time, a quarter more or less.
void LsComeBack(const long leastMs, const string words)
  {
   if(g_lsPhase==LS_PAUSED)
      return;
   long wait = MathMax(leastMs, g_lsBackoff);
   g_lsBackoff = MathMin(2*wait, LS_BACKOFF_MAX_MS);
   wait = MathMin(wait, LS_BACKOFF_MAX_MS);
   wait += wait*(MathRand()%501-250)/1000;
   g_lsRetryAt = LsCounterMs()+wait;
   g_lsPhase = LS_DOWN;
   g_lsWords = words;
   g_lsUp = false;
   g_lsHangUp = true;
  }

bool LsPairs()
  {
   return g_lsDevice=="" && StringLen(g_lsCode)==28 && StringSubstr(g_lsCode, 0, 8)!=g_lsTriedCode;
  }

// The first line of a session, or empty where there is nothing to come with.
string LsHello()
  {
   if(g_lsDevice=="" && !LsPairs())
     {
      if(g_lsCode=="")
         LsPause("Not paired: enter the pairing code from the portal in the inputs");
      else if(StringLen(g_lsCode)!=28)
         LsPause("The pairing code is not complete: copy it whole from the portal");
      else
         LsPause("This pairing code was used: ask the portal for a new one");
      return "";
     }
   g_lsNonce = LsRandomHex(64);
   g_lsChallenge = "";
   LsResetOutbox();
   string line = LsBegin("hello");
   LsAddInteger(line, "v", 1);
   LsAddText(line, "device", g_lsDevice);
   LsAddText(line, "code", g_lsDevice=="" ? StringSubstr(g_lsCode, 0, 8) : "");
   LsAddText(line, "login", LsLogin());
   LsAddText(line, "server", AccountInfoString(ACCOUNT_SERVER));
   LsAddText(line, "platform", LsPlatform());
   LsAddInteger(line, "build", TerminalInfoInteger(TERMINAL_BUILD));
   LsAddText(line, "ea", LS_VERSION);
   LsAddText(line, "mode", LsMode());
   LsAddText(line, "currency", AccountInfoString(ACCOUNT_CURRENCY));
   LsAddInteger(line, "leverage", AccountInfoInteger(ACCOUNT_LEVERAGE));
   LsAddInteger(line, "epoch", g_lsEpoch);
   LsAddText(line, "run", g_lsRun);
   LsAddInteger(line, "seq", g_lsSeq);
   LsAddInteger(line, "fence", g_lsFence);
   LsAddInteger(line, "st", LsServerMs());
   LsAddText(line, "nonce", g_lsNonce);
   g_lsHelloSeq = g_lsSeq;
   g_lsHelloFence = g_lsFence;
   g_lsPhase = LS_HELLO;
   g_lsHeardAt = LsCounterMs();
   return line+"}";
  }

// The proof that answers a challenge, or empty. A new device's key is kept before it is used.
string LsProve(const LsFields &f)
  {
   g_lsChallenge = LsText(f, "nonce");
   g_lsSession = LsText(f, "session");
   LsHearHubClock(LsInteger(f, "hub"));
   string server = AccountInfoString(ACCOUNT_SERVER);
   if(LsPairs())
     {
      string id = StringSubstr(g_lsCode, 0, 8);
      g_lsDeviceKey = LsDeviceKey(StringSubstr(g_lsCode, 8), id, LsLogin(), server, g_lsChallenge, g_lsNonce);
      g_lsDevice = id;
      g_lsTriedCode = id;
      if(!LsWriteStore())
        {
         g_lsDevice = "";
         LsPause("The device key cannot be written: is the disk full?");
         return "";
        }
     }
   string said = g_lsDevice+"\n"+LsLogin()+"\n"+server+"\n"+LsPlatform()+"\n"+LsMode()+"\n"
                 +AccountInfoString(ACCOUNT_CURRENCY)+"\n"+IntegerToString(g_lsEpoch)+"\n"+g_lsRun+"\n"
                 +IntegerToString(g_lsHelloSeq)+"\n"+IntegerToString(g_lsHelloFence);
   string line = LsBegin("proof");
   LsAddText(line, "mac", LsMac(g_lsDeviceKey, "lockstep-1 terminal\n"+said+"\n"+g_lsChallenge+"\n"+g_lsNonce+"\n"+g_lsSession));
   g_lsPhase = LS_PROOF;
   return line+"}";
  }

void LsWelcome(const LsFields &f)
  {
   string tail = g_lsChallenge+"\n"+g_lsNonce+"\n"+g_lsSession;
   string mac = LsMac(g_lsDeviceKey, "lockstep-1 hub\n"+g_lsDevice+"\n"+IntegerToString(g_lsEpoch)+"\n"+tail);
   if(LsText(f, "mac")!=mac)
     {
      LsComeBack(5000, "HUB_UNPROVEN: what answers there is not your hub");
      return;
     }
   LsHearHubClock(LsInteger(f, "hub"));
   g_lsSessionKey = LsMac(g_lsDeviceKey, "lockstep-1 session\n"+tail);
   g_lsSilenceMs = MathMax(3*LsInteger(f, "heartbeat"), 3000);
   g_lsPhase = LS_READY;
   g_lsUp = true;
   g_lsWelcomed = true;
   g_lsBackoff = LS_BACKOFF_FIRST_MS;
   g_lsRedirects = 0;
   g_lsWords = LsInteger(f, "replaced")==1 ? "Connected; another terminal of this account was put off" : "Connected";
   ArrayResize(g_lsWatched, 0);
   ArrayResize(g_lsWatchedBid, 0);
   ArrayResize(g_lsWatchedAsk, 0);
   ArrayResize(g_lsWatchedFacts, 0);
   LsTellStatus(true);
   LsTellAccount(true);
  }

// An epoch that is too old may be raised once, by a run that was never welcomed.
bool LsRaiseEpoch(const long highest)
  {
   if(g_lsWelcomed || g_lsRaisedEpoch || highest<g_lsEpoch)
      return false;
   g_lsRaisedEpoch = true;
   g_lsEpoch = highest+1;
   return LsWriteStore();
  }

void LsRefused(const LsFields &f)
  {
   string code = LsText(f, "code"), words = code+": "+LsText(f, "words");
   if(code=="EPOCH_OLD" && LsRaiseEpoch(LsInteger(f, "epoch")))
     {
      LsComeBack(0, "Taking over the account");
      return;
     }
   // The hub never had the proof by which this code made the device: the code is still unused.
   if(code=="UNKNOWN_DEVICE" && g_lsDevice!="" && g_lsDevice==g_lsTriedCode)
      g_lsTriedCode = "";
   bool stranger = code=="UNKNOWN_DEVICE" || code=="DEVICE_REVOKED";
   if(stranger && StringLen(g_lsCode)==28 && StringSubstr(g_lsCode, 0, 8)!=g_lsTriedCode)
     {
      g_lsDevice = "";
      g_lsDeviceKey = "";
      LsComeBack(0, "Pairing again");
      return;
     }
   if(LsInteger(f, "retry")<=0)
      LsPause(words);
   else
      LsComeBack(LsInteger(f, "retry"), words);
  }

void LsRedirect(const LsFields &f)
  {
   g_lsRedirects++;
   if(g_lsRedirects>LS_REDIRECTS_MAX)
     {
      g_lsRedirects = 0;
      g_lsHost = "";
      LsComeBack(5000, "The hub sends this terminal round in a circle");
      return;
     }
   g_lsHost = LsText(f, "host");
   g_lsPort = (int)LsInteger(f, "port");
   g_lsTls = LsInteger(f, "tls")==1;
   g_lsPhase = LS_DOWN;
   g_lsRetryAt = 0;
   g_lsUp = false;
   g_lsHangUp = true;
  }

// One line from the hub. Returns a line to send outside of the numbered ones, or empty.
string LsHear(const string line)
  {
   LsFields f;
   if(!LsParse(line, f))
     {
      LsComeBack(5000, "The hub sent a line that is not of this protocol");
      return "";
     }
   g_lsHeardAt = LsCounterMs();
   string type = LsText(f, "t");
   if(type=="challenge" && g_lsPhase==LS_HELLO)
      return LsProve(f);
   if(type=="welcome" && g_lsPhase==LS_PROOF)
      LsWelcome(f);
   else if(type=="refused")
      LsRefused(f);
   else if(type=="redirect")
      LsRedirect(f);
   else if(g_lsPhase==LS_READY)
      LsAnswer(type, f);
   return "";
  }

bool LsSilent()
  {
   return LsCounterMs()-g_lsHeardAt>(g_lsPhase==LS_READY ? g_lsSilenceMs : 15000);
  }
#endif
